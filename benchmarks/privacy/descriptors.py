"""Texts as scanners and people write them: harmless ones, which must come through, and ones that tell a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.privacy.plants import Plant, harmless, mixed

if TYPE_CHECKING:
    from collections.abc import Iterator

SERIES: Final = (
    "t1_mprage_sag_p2_iso", "t2_space_da-fl_sag_p2_iso", "ep2d_bold_moco_p2_s4", "ep2d_diff_mddw_64_p2_FA",
    "AX T2 FLAIR PROPELLER", "Sag T1 FSE +C", "Cor STIR", "3D TOF MRA COW", "SWI_Images", "MoCoSeries",
    "localizer_32ch-head", "AAHead_Scout_MPR_cor", "gre_field_mapping_2mm", "BOLD_rest_AP_SBRef", "dMRI_dir98_PA",
    "cmrr_mbep2d_bold_2mm_MB8", "pcasl_3d_tgse_p2_iso_3mm", "svs_se_135_hippocampus", "DIXON_F", "QSM_hirisk",
    "WB AC CT 3.0 B30f", "Chest 5.0 B70f", "Thin Axial 1.25mm STD", "CTA Head 0.75 MPR Cor", "Topogram 0.6 T20s",
    "Patient Protocol", "Dose Report", "PET WB Corrected 3D OSEM", "NAC Brain FDG", "Lat Hip L", "C-Spine Odontoid",
    "Ax DWI b=1000 s/mm2", "ADC (10^-6 mm2/s)", "Perfusion_TTP_rCBV", "T1 VIBE FS dyn 1+30s", "Black Blood PSIR",
    "Cine SAX 8mm Apex to Base", "Mag_Images TE 4.92", "Survey", "Cal Head 24", "Ped Brain T2 Blade",
)  # fmt: skip
STUDIES: Final = (
    "MRI BRAIN W/O CONTRAST", "CT ABDOMEN AND PELVIS WITH IV CONTRAST", "HEAD^BRAIN", "Research^Neuro",
    "XR KNEE 3 VIEWS", "US CAROTID BILATERAL", "PET^WB_FDG", "MR LUMBAR SPINE", "Cardiac MR stress perfusion",
    "NM Bone Scan Whole Body", "MAMMO SCREENING TOMO", "IR Angiogram Renal", "Brain^Routine", "MSK^Shoulder",
    "CTA CHEST PE PROTOCOL",
)  # fmt: skip
COMMENTS: Final = (
    "motion artifacts in slices 12 to 14", "repeated with fat saturation", "Contrast injected at 2.5 ml/s",
    "white matter lesions, may need follow-up", "breath hold 18 s, arms up", "subject awake, eyes open, rest",
    "TR 2300 TE 2.98 TI 900 FA 9", "Head first supine; 32 channel coil", "nose artifact, small brain, long neck",
    "Bolus timing adjusted: delay 25 s", "no gadolinium given, eGFR 28", "rose bengal test, grant of access, mark ROI",
    "gradient echo, spin echo, turbo spin echo", "left hippocampus smaller than right", "3.0T, SAR normal mode",
)  # fmt: skip
EPONYMS: Final = (
    "Circle of Willis aneurysm", "Parkinson disease, DAT scan", "r/o Alzheimer dementia", "Hodgkin lymphoma staging",
    "Crohn disease, terminal ileum", "Baker cyst left knee", "Bell palsy, facial nerve", "Graves disease, orbits",
    "Wilson disease liver", "Lisfranc injury foot", "Down syndrome, C1-C2", "Marfan, aortic root", "Rathke cleft cyst",
    "Chiari I malformation", "Dandy-Walker variant", "Broca area activation", "Valsalva maneuver", "Gibbs ringing",
    "Hounsfield units 40", "Hanning filter", "Larmor frequency 123.25", "Rician noise", "Ernst angle 77",
    "Foley catheter in place", "Hickman line", "Nissen fundoplication", "Ewing sarcoma femur", "Wilms tumor",
    "Takayasu arteritis", "Kawasaki coronary", "Fontan circulation", "Tetralogy of Fallot", "Scheuermann kyphosis",
    "Guillain-Barre", "Huntington chorea", "Sturge-Weber", "Sylvian fissure", "Virchow-Robin spaces", "Meckel cave",
    "Morton neuroma", "Achilles tendon", "Bruker BioSpec", "Bracco MultiHance", "TE/TR 30/2000 ms FA 75",
    "RR 850 ms HR 71", "May repeat if motion", "Faces task run1", "Hope trial arm B", "Grant 1234", "Iris of eye",
)  # fmt: skip
"""Diseases, devices and methods that bear a person's name, and words that are names, too."""
AGENTS: Final = (
    "Gadavist 7.5 mL IV", "Dotarem", "MAGNEVIST", "Omnipaque 350", "Gadoterate meglumine", "FDG F18", "Isovue-370",
)  # fmt: skip
DERIVATIONS: Final = (
    "Multiplanar reformation, lossless", "ADC map from b 0 and 1000", "MIP 10 mm thick slab", "Subtraction",
    "JPEG 2000 lossless, ratio 2.4", "Mean diffusivity of 64 directions", "Motion corrected, 6 parameters",
)  # fmt: skip

TELLING: Final = (
    ("Pt {last_first} refused contrast", ("{family}", "{given}"), ("refused contrast",)),
    ("{upper} - repeat axial", ("{family}", "{given}"), ("repeat axial",)),
    ("Exam for {with_middle}; sedation given", ("{family}", "{given}"), ("sedation given",)),
    ("Name: {spoken} MRN: {patient_id} coil: head", ("{family}", "{given}", "{patient_id}"), ("coil: head",)),
    ("MRN#{patient_id} no metal implants", ("{patient_id}",), ("no metal implants",)),
    ("DOB {dob_us}, left knee pain", ("{dob_us}",), ("left knee pain",)),
    ("born {dob_month_first}; chronic migraine", ("{dob_month_first}",), ("chronic migraine",)),
    ("geb. {dob_german} Kontrastmittel gegeben", ("{dob_german}",), ("Kontrastmittel gegeben",)),
    ("dob={dob_iso} axial", ("{dob_iso}",), ("axial",)),
    ("compare to exam of {day_us}", ("{day_us}",), ("compare to exam",)),
    ("Call {phone} with results", ("{phone}",), ("with results",)),
    ("tel {phone_digits} urgent read", ("{phone_digits}",), ("urgent read",)),
    ("mailto {email} after read", ("{email}",), ("after read",)),
    ("Home: {street}, {city}; wheelchair", ("{street}", "{city}"), ("wheelchair",)),
    ("SSN {ssn} verified, supine", ("{ssn}",), ("supine",)),
    ("acc# {accession} addendum", ("{accession}",), ("addendum",)),
    ("previous record {other_id} merged", ("{other_id}",), ("merged",)),
    ("Dr {physician_family} requests thin slices", ("{physician_family}",), ("requests thin slices",)),
    ("Referred by Dr. {friend} for seizures", ("{friend_family}", "{friend_given}"), ("Referred by", "for seizures")),
    ("mother {friend} in waiting room", ("{friend_family}", "{friend_given}"), ("in waiting room",)),
    ("tech {operator_family} swapped coil", ("{operator_family}",), ("swapped coil",)),
    ("{plain_family}_{plain_given}_t1_mprage", ("{plain_family}", "{plain_given}"), ("t1_mprage",)),
    ("{patient_id}-ep2d_bold", ("{patient_id}",), ("ep2d_bold",)),
    ("Mr/Mrs {family}: sagittal and coronal", ("{family}",), ("sagittal and coronal",)),
    ("{initial} seen today, neck pain", ("{family}",), ("seen today", "neck pain")),
    ("spoke with {friend} re pacemaker", ("{friend_family}", "{friend_given}"), ("pacemaker",)),
    ("Patientin Frau {family}, Kopf nativ", ("{family}",), ("Kopf nativ",)),
    ("Sr. {family} cabeza sin contraste", ("{family}",), ("cabeza sin contraste",)),
    ("scan of {day_words}, left hip", ("{day_words}",), ("left hip",)),
    ("prior {day_slash} unchanged", ("{day_slash}",), ("unchanged",)),
    ("ph {phone_points} husband waits", ("{phone_points}",), ("husband waits",)),
    ("ph +1 {phone_dashes} transport chair", ("{phone_dashes}",), ("transport chair",)),
    ("lives {street_upper}; needs ramp", ("{street_upper}",), ("needs ramp",)),
    ("see study {study_uid} for comparison", ("{study_uid}",), ("for comparison",)),
    ("{given} anxious, no sedation", ("{given}",), ("no sedation",)),
)
"""Template, what must go, what must stay."""

FREE: Final = ("ImageComments", "PatientComments", "AdditionalPatientHistory", "StudyComments", "AcquisitionComments")
"""Elements in which people write what they like."""


def described(number: int) -> Iterator[Plant]:
    """Yield harmless texts for the object of a number; all texts come round."""
    for keyword, texts in (
        ("SeriesDescription", SERIES),
        ("ProtocolName", SERIES[::-1]),
        ("StudyDescription", STUDIES),
        ("RequestedProcedureDescription", STUDIES[::-1]),
        ("PerformedProcedureStepDescription", STUDIES[3:]),
        ("ImageComments", COMMENTS),
        ("AcquisitionComments", COMMENTS[::-1]),
        ("AdditionalPatientHistory", EPONYMS),
        ("PatientComments", EPONYMS[::-1]),
        ("ContrastBolusAgent", AGENTS),
        ("DerivationDescription", DERIVATIONS),
    ):
        yield harmless(keyword, texts[number % len(texts)])


def told(number: int) -> Iterator[Plant]:
    """Yield texts that tell the patient, one for each element, for the object of a number."""
    for offset, keyword in enumerate(FREE):
        text, gone, kept = TELLING[(number * len(FREE) + offset) % len(TELLING)]
        yield mixed(keyword, text, gone, kept)
