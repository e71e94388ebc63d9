"""The names of tags: TIFF 6.0 and its extensions, Exif 3.0 (CIPA DC-008), DNG 1.4, Multi-Picture Format (CIPA DC-007).

They are spelt as in the libraries that Flywheel's engine goes by, for profiles use those names. Some tags have two.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from fw_gear_deid.formats.ifd.value_types import Type

if TYPE_CHECKING:
    from collections.abc import Mapping


class Kind(Enum):
    """What a directory is about. GPS and interoperability directories number their tags by themselves."""

    IMAGE = "image"
    EXIF = "Exif"
    GPS = "GPS"
    INTEROPERABILITY = "Interop"


class Role(Enum):
    """What rules can do with a tag."""

    TEXT = "text"
    NUMBER = "number"
    BYTES = "bytes"
    DIRECTORY = "directory"


_IMAGE: Final = {
    Type.ASCII: (
        "11:ProcessingSoftware 269:DocumentName 270:ImageDescription 271:Make 272:Model 305:Software 306:DateTime "
        "315:Artist 316:HostComputer 333:InkNames 337:TargetPrinter 32781:ImageID 33432:Copyright "
        "37394:SecurityClassification 37395:ImageHistory 50708:UniqueCameraModel 50735:CameraSerialNumber "
        "50971:PreviewDateTime"
    ),
    Type.LONG: (
        "254:NewSubfileType 256:ImageWidth 257:ImageLength 273:StripOffsets 278:RowsPerStrip 279:StripByteCounts "
        "292:T4Options 293:T6Options 330:SubIFDs 344:XClipPathUnits 345:YClipPathUnits 512:JPEGProc "
        "513:JPEGInterchangeFormat 514:JPEGInterchangeFormatLength 519:JPEGQTables 520:JPEGDCTables "
        "521:JPEGACTables 34665:ExifTag 34853:GPSTag 34858:TimeZoneOffset 37393:ImageNumber 50733:BayerGreenSplit "
        "50937:ProfileHueSatMapDims 50941:ProfileEmbedPolicy 50970:PreviewColorSpace 50974:SubTileBlockSize "
        "50975:RowInterleaveFactor 50981:ProfileLookTableDims"
    ),
    Type.SHORT: (
        "255:SubfileType 258:BitsPerSample 259:Compression 262:PhotometricInterpretation 263:Threshholding "
        "264:CellWidth 265:CellLength 266:FillOrder 274:Orientation 277:SamplesPerPixel 284:PlanarConfiguration "
        "290:GrayResponseUnit 291:GrayResponseCurve 296:ResolutionUnit 301:TransferFunction 317:Predictor "
        "320:ColorMap 321:HalftoneHints 322:TileWidth 323:TileLength 324:TileOffsets 325:TileByteCounts 332:InkSet "
        "334:NumberOfInks 338:ExtraSamples 339:SampleFormat 340:SMinSampleValue 341:SMaxSampleValue "
        "342:TransferRange 346:Indexed 351:OPIProxy 515:JPEGRestartInterval 517:JPEGLosslessPredictors "
        "518:JPEGPointTransforms 530:YCbCrSubSampling 531:YCbCrPositioning 18246:Rating 18249:RatingPercent "
        "33421:CFARepeatPatternDim 34857:Interlace 34859:SelfTimerMode 37392:FocalPlaneResolutionUnit "
        "37399:SensingMethod 50711:CFALayout 50712:LinearizationTable 50713:BlackLevelRepeatDim 50717:WhiteLevel "
        "50719:DefaultCropOrigin 50720:DefaultCropSize 50728:AsShotNeutral 50741:MakerNoteSafety "
        "50778:CalibrationIlluminant1 50779:CalibrationIlluminant2 50829:ActiveArea 50830:MaskedAreas "
        "50879:ColorimetricReference"
    ),
    Type.RATIONAL: (
        "282:XResolution 283:YResolution 318:WhitePoint 319:PrimaryChromaticities 529:YCbCrCoefficients "
        "532:ReferenceBlackWhite 33423:BatteryLevel 33434:ExposureTime 37387:FlashEnergy "
        "37390:FocalPlaneXResolution 37391:FocalPlaneYResolution 37397:ExposureIndex 50714:BlackLevel "
        "50718:DefaultScale 50727:AnalogBalance 50729:AsShotWhiteXY 50731:BaselineNoise 50732:BaselineSharpness "
        "50734:LinearResponseLimit 50736:LensInfo 50737:ChromaBlurRadius 50738:AntiAliasStrength "
        "50780:BestQualityScale 50935:NoiseReductionApplied"
    ),
    Type.BYTE: (
        "336:DotRange 343:ClipPath 700:XMLPacket 33422:CFAPattern 34377:ImageResources 37398:TIFFEPStandardID "
        "40091:XPTitle 40092:XPComment 40093:XPAuthor 40094:XPKeywords 40095:XPSubject 50706:DNGVersion "
        "50707:DNGBackwardVersion 50709:LocalizedCameraModel 50710:CFAPlaneColor 50740:DNGPrivateData "
        "50781:RawDataUniqueID 50827:OriginalRawFileName 50931:CameraCalibrationSignature "
        "50932:ProfileCalibrationSignature 50934:AsShotProfileName 50936:ProfileName 50942:ProfileCopyright "
        "50966:PreviewApplicationName 50967:PreviewApplicationVersion 50968:PreviewSettingsName "
        "50969:PreviewSettingsDigest"
    ),
    Type.UNDEFINED: (
        "347:JPEGTables 34675:InterColorProfile 37388:SpatialFrequencyResponse 37389:Noise 50341:PrintImageMatching "
        "50828:OriginalRawFileData 50831:AsShotICCProfile 50833:CurrentICCProfile 50972:RawImageDigest "
        "50973:OriginalRawFileDigest 51008:OpcodeList1 51009:OpcodeList2 51022:OpcodeList3"
    ),
    Type.SRATIONAL: (
        "50715:BlackLevelDeltaH 50716:BlackLevelDeltaV 50721:ColorMatrix1 50722:ColorMatrix2 "
        "50723:CameraCalibration1 50724:CameraCalibration2 50725:ReductionMatrix1 50726:ReductionMatrix2 "
        "50730:BaselineExposure 50739:ShadowScale 50832:AsShotPreProfileMatrix 50834:CurrentPreProfileMatrix "
        "50964:ForwardMatrix1 50965:ForwardMatrix2"
    ),
    Type.FLOAT: (
        "50938:ProfileHueSatMapData1 50939:ProfileHueSatMapData2 50940:ProfileToneCurve 50982:ProfileLookTableData"
    ),
}
"""Tags of an image's directory: TIFF 6.0, TIFF/EP, Exif, DNG, and what Windows adds."""

_IMAGE_TOO: Final = {
    Type.SHORT: "280:MinSampleValue 281:MaxSampleValue 297:PageNumber 32995:Matteing 32996:DataType",
    Type.ASCII: "285:PageName",
    Type.RATIONAL: "286:XPosition 287:YPosition 45570:PanOverlap_H 45571:PanOverlap_V 45574:BaselineLength",
    Type.LONG: (
        "288:FreeOffsets 289:FreeByteCounts 32997:ImageDepth 32998:TileDepth 34665:ExifIFD 34853:GPSInfoIFD "
        "40965:InteroperabilityIFD 45057:NumberOfImages 45060:TotalFrames 45313:MPIndividualNum "
        "45569:PanOrientation 45572:BaseViewpointNum 50838:ImageJMetaDataByteCounts"
    ),
    Type.BYTE: "700:XMP 34377:PhotoshopInfo",
    Type.UNDEFINED: (
        "33723:IptcNaaInfo 34675:ICCProfile 36864:ExifVersion 37724:ImageSourceData 41730:CFAPattern "
        "45056:MPFVersion 45058:MPEntry 45059:ImageUIDList 40960:FlashPixVersion 50839:ImageJMetaData"
    ),
    Type.SRATIONAL: (
        "45573:ConvergenceAngle 45575:VerticalDivergence 45576:AxisDistance_X 45577:AxisDistance_Y "
        "45578:AxisDistance_Z 45579:YawAngle 45580:PitchAngle 45581:RollAngle"
    ),
}
"""More of them, and second names: TIFF supplements, Multi-Picture Format, ImageJ."""

_EXIF: Final = {
    Type.RATIONAL: (
        "33434:ExposureTime 33437:FNumber 37122:CompressedBitsPerPixel 37378:ApertureValue 37381:MaxApertureValue "
        "37382:SubjectDistance 37386:FocalLength 37889:Humidity 37890:Pressure 37892:Acceleration 41483:FlashEnergy "
        "41486:FocalPlaneXResolution 41487:FocalPlaneYResolution 41493:ExposureIndex 41988:DigitalZoomRatio "
        "42034:LensSpecification 42240:Gamma"
    ),
    Type.SHORT: (
        "34850:ExposureProgram 34855:ISOSpeedRatings 34864:SensitivityType 37383:MeteringMode 37384:LightSource "
        "37385:Flash 37396:SubjectArea 40961:ColorSpace 41488:FocalPlaneResolutionUnit 41492:SubjectLocation "
        "41495:SensingMethod 41985:CustomRendered 41986:ExposureMode 41987:WhiteBalance 41989:FocalLengthIn35mmFilm "
        "41990:SceneCaptureType 41991:GainControl 41992:Contrast 41993:Saturation 41994:Sharpness "
        "41996:SubjectDistanceRange 42080:CompositeImage 42081:SourceImageNumberOfCompositeImage"
    ),
    Type.ASCII: (
        "34852:SpectralSensitivity 36867:DateTimeOriginal 36868:DateTimeDigitized 36880:OffsetTime "
        "36881:OffsetTimeOriginal 36882:OffsetTimeDigitized 37520:SubSecTime 37521:SubSecTimeOriginal "
        "37522:SubSecTimeDigitized 40964:RelatedSoundFile 42016:ImageUniqueID 42032:CameraOwnerName "
        "42033:BodySerialNumber 42035:LensMake 42036:LensModel 42037:LensSerialNumber 42038:ImageTitle "
        "42039:Photographer 42040:ImageEditor 42041:CameraFirmware 42042:RAWDevelopingSoftware "
        "42043:ImageEditingSoftware 42044:MetadataEditingSoftware"
    ),
    Type.UNDEFINED: (
        "34856:OECF 36864:ExifVersion 37121:ComponentsConfiguration 37500:MakerNote 37510:UserComment "
        "40960:FlashpixVersion 41484:SpatialFrequencyResponse 41728:FileSource 41729:SceneType 41730:CFAPattern "
        "41995:DeviceSettingDescription 42082:SourceExposureTimesOfCompositeImage"
    ),
    Type.LONG: (
        "34865:StandardOutputSensitivity 34866:RecommendedExposureIndex 34867:ISOSpeed 34868:ISOSpeedLatitudeyyy "
        "34869:ISOSpeedLatitudezzz 40962:PixelXDimension 40963:PixelYDimension 40965:InteroperabilityTag"
    ),
    Type.SRATIONAL: (
        "37377:ShutterSpeedValue 37379:BrightnessValue 37380:ExposureBiasValue 37888:Temperature 37891:WaterDepth "
        "37893:CameraElevationAngle"
    ),
}
"""Tags of the Exif directory."""

_GPS: Final = {
    Type.BYTE: "0:GPSVersionID 5:GPSAltitudeRef",
    Type.ASCII: (
        "1:GPSLatitudeRef 3:GPSLongitudeRef 8:GPSSatellites 9:GPSStatus 10:GPSMeasureMode 12:GPSSpeedRef "
        "14:GPSTrackRef 16:GPSImgDirectionRef 18:GPSMapDatum 19:GPSDestLatitudeRef 21:GPSDestLongitudeRef "
        "23:GPSDestBearingRef 25:GPSDestDistanceRef 29:GPSDateStamp"
    ),
    Type.RATIONAL: (
        "2:GPSLatitude 4:GPSLongitude 6:GPSAltitude 7:GPSTimeStamp 11:GPSDOP 13:GPSSpeed 15:GPSTrack "
        "17:GPSImgDirection 20:GPSDestLatitude 22:GPSDestLongitude 24:GPSDestBearing 26:GPSDestDistance "
        "31:GPSHPositioningError"
    ),
    Type.UNDEFINED: "27:GPSProcessingMethod 28:GPSAreaInformation",
    Type.SHORT: "30:GPSDifferential",
}
"""Tags of the GPS directory."""

_INTEROPERABILITY: Final = {Type.ASCII: "1:InteroperabilityIndex"}
"""Tags of the interoperability directory."""

EXIF_POINTER: Final = 34665
GPS_POINTER: Final = 34853
INTEROPERABILITY_POINTER: Final = 40965
SUB_IMAGES: Final = 330
POINTERS: Final = {EXIF_POINTER: Kind.EXIF, GPS_POINTER: Kind.GPS, INTEROPERABILITY_POINTER: Kind.INTEROPERABILITY}
"""Tags whose value is where another directory stands."""

XMP: Final = 700
IPTC: Final = 33723
PHOTOSHOP: Final = 34377
MAKER_NOTE: Final = 37500
UTF16: Final = frozenset({40091, 40092, 40093, 40094, 40095})
"""Tags of Windows, BYTE by type, that hold text in UTF-16, little endian, with a NUL at the end."""

COMMENTS: Final = frozenset({(Kind.IMAGE, 37510), (Kind.GPS, 27), (Kind.GPS, 28)})
"""Tags by ``space``, UNDEFINED by type, whose first eight bytes name the encoding of their text (Exif 3.0, 4.6.6)."""

TEXT_IN_BYTES: Final = frozenset({50709, 50827, 50931, 50932, 50934, 50936, 50942, 50966, 50967, 50968})
"""Tags of DNG, BYTE by type, that hold text in UTF-8."""

_BLOBS: Final = frozenset({343, XMP, PHOTOSHOP, 50740})


@dataclass(frozen=True, slots=True)
class Field:
    """What a profile calls by one name.

    Attributes:
        name: as it is spelt in tables.
        kind: the directory in which it is created when it is missing.
        type: the type it is created with.
        tags: its tags; those of GPS and interoperability directories only count there, all others only elsewhere.
    """

    name: str
    kind: Kind
    type: Type
    tags: tuple[int, ...]

    @property
    def role(self) -> Role:
        """What rules can do with it."""
        tag = self.tags[0]
        if tag in POINTERS and self.kind in {Kind.IMAGE, Kind.EXIF}:
            return Role.DIRECTORY
        if self.type is Type.ASCII or tag in UTF16 | TEXT_IN_BYTES or (space(self.kind), tag) in COMMENTS:
            return Role.TEXT
        return Role.BYTES if self.type is Type.UNDEFINED or tag in _BLOBS else Role.NUMBER


def space(kind: Kind) -> Kind:
    """Return which numbering of tags a directory uses: images and Exif share one."""
    return Kind.IMAGE if kind is Kind.EXIF else kind


def _fields(*tables: tuple[Kind, Mapping[Type, str]]) -> Mapping[str, Field]:
    """Return fields by name in small letters; the first table that has a name says where it is created."""
    fields: dict[str, Field] = {}
    for kind, table in tables:
        for type_, text in table.items():
            for entry in text.split():
                number, name = entry.split(":")
                known = fields.get(name.lower(), Field(name, kind, type_, ()))
                tags = known.tags if int(number) in known.tags else (*known.tags, int(number))
                fields[name.lower()] = Field(known.name, known.kind, known.type, tags)
    return MappingProxyType(fields)


_COMMON: Final = (
    (Kind.EXIF, _EXIF),
    (Kind.IMAGE, _IMAGE),
    (Kind.GPS, _GPS),
    (Kind.INTEROPERABILITY, _INTEROPERABILITY),
)
EXIF_FIELDS: Final = _fields(*_COMMON)
"""The fields of the Exif block of a JPEG, by their names in small letters."""

TIFF_FIELDS: Final = _fields(*_COMMON, (Kind.IMAGE, _IMAGE_TOO))
"""The fields of a TIFF file, by their names in small letters."""

_BY_TAG: Final[Mapping[tuple[Kind, int], str]] = {
    (space(field.kind), tag): field.name for field in reversed(list(TIFF_FIELDS.values())) for tag in field.tags
}


def name_of(kind: Kind, tag: int) -> str:
    """Return what a tag is called; its number when it has no name here."""
    return _BY_TAG.get((space(kind), tag), str(tag))
