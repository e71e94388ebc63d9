"""What must stay true of the repository itself: locks, example files, documents, and which room imports which."""

from __future__ import annotations

import ast
import graphlib
import gzip
import json
import re
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

from example_config import make_archive
from fw_gear_deid.profile import builtin_text

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "fw_gear_deid"
EXAMPLE = ROOT / "example_config"
ROOMS = sorted(path.parent for path in PACKAGE.glob("*/**/__init__.py"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PIN = re.compile(r"^([a-z0-9-]+)==(\S+)(?: ; .*)? \\\n +--hash=sha256:[0-9a-f]{64}", re.MULTILINE)

# Each room may import from rooms of a lower level only.
LEVELS = (
    {"problems"},
    {"errors"},
    {"identity", "standard"},
    {"actions"},
    {"profile"},
    {"formats", "scan"},
    {"engine"},
    {"audit"},
    {"report"},
    {"site"},
    {"trial"},
    {"commands", "gear"},
    {"cli"},
    {"__main__"},
)
LEVEL = {room: level for level, rooms in enumerate(LEVELS) for room in rooms}


def pins(lock):
    return set(PIN.findall(lock.read_text(encoding="utf-8")))


def package(requirement):
    return re.match(r"[A-Za-z0-9-]+", requirement)[0]


def dependencies():
    return [package(requirement) for requirement in PROJECT["dependencies"]]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_names_no_host_and_no_folder(lock):
    text = lock.read_text(encoding="utf-8")
    assert not re.search(r"://|file:|--(?:extra-)?index|--find-links|--trusted-host|\bwww\.|(?:^|[\s'\"])/\w", text)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_has_a_hash_for_every_package(lock):
    packages = re.findall(r"^[^\s#].*", lock.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(packages) > 5
    assert len(PIN.findall(lock.read_text(encoding="utf-8"))) == len(packages)


def test_all_locks_hold_the_same_versions():
    everything = pins(ROOT / "requirements" / "test.txt")
    for lock in {*LOCKS} - {ROOT / "requirements" / "second_client.txt"}:  # that is for an environment apart
        assert pins(lock) <= everything


def test_the_runtime_lock_holds_every_dependency():
    locked = {name for name, _ in pins(ROOT / "requirements" / "runtime.txt")}
    assert {name.lower() for name in dependencies()} <= locked


def test_every_dependency_has_a_reason():
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    tools = [entry for group in groups.values() for entry in group if isinstance(entry, str)]
    document = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    for name in [*dependencies(), *(re.match(r"[A-Za-z0-9-]+", tool)[0] for tool in tools)]:
        assert re.search(rf"^\| (?:[\w, -]+, )?{name}[ ,]", document, re.MULTILINE), name


def test_the_example_archive_is_what_its_script_makes():
    with zipfile.ZipFile(make_archive.ARCHIVE) as archive:
        found = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
        assert archive.comment == make_archive.COMMENT.encode()
    assert list(map(unpacked, found)) == list(map(unpacked, make_archive.members()))


def unpacked(member):
    """Another zlib may deflate otherwise; what counts is what it holds."""
    name, data = member
    return name, gzip.decompress(data) if name.endswith(".gz") else data


def test_the_example_is_small_and_tells_nothing_of_the_machine_it_was_made_on():
    files = [path for path in EXAMPLE.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert sum(path.stat().st_size for path in files) < 1_000_000
    contents = [path.read_bytes() for path in files]
    with zipfile.ZipFile(make_archive.ARCHIVE) as archive:
        contents += [archive.read(entry) for entry in archive.infolist()]
    home = str(Path.home()).encode()
    for data in contents:
        assert not re.search(rb"/(?:home|Users|root|tmp|work|opt|mnt)/|[A-Z]:\\\\\w", data)
        assert home not in data


def test_the_example_config_agrees_with_the_manifest_and_the_files():
    config = json.loads((EXAMPLE / "config.json").read_text(encoding="utf-8"))
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    assert config["config"].keys() <= manifest["config"].keys()
    assert config["inputs"].keys() <= manifest["inputs"].keys()
    for key, entry in config["inputs"].items():
        name = entry["location"]["name"]
        assert entry["location"]["path"] == f"/flywheel/v0/input/{key}/{name}"
        assert entry["object"]["size"] == next(EXAMPLE.glob(f"*/{name}")).stat().st_size


def test_the_penn_profile_is_the_built_in_one_with_archives():
    example = yaml.safe_load((EXAMPLE / "profiles" / "penn-bsc-4.0.yaml").read_text(encoding="utf-8"))
    built_in = yaml.safe_load(builtin_text("penn-bsc-4.0"))
    assert example["dicom"] == built_in["dicom"]
    assert example.keys() - built_in.keys() == {"zip"}


def test_the_version_is_the_same_everywhere():
    manifest = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))
    version = re.search(r'__version__ = "(.+)"', (PACKAGE / "__init__.py").read_text(encoding="utf-8"))[1]
    assert manifest["version"] == version
    assert manifest["custom"]["gear-builder"]["image"].endswith(f":{version}")


def imports(path):
    """Yield the dotted names that a module imports, for types too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def modules():
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room != "__init__":
            yield room, path


def test_rooms_import_one_way():
    upward = [
        f"{path.relative_to(ROOT)} imports {name}"
        for room, path in modules()
        for name in imports(path)
        if name.startswith("fw_gear_deid.") and (other := name.split(".")[1]) not in {room, "__version__"}
        if LEVEL[other] >= LEVEL[room]
    ]
    assert not upward


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.relative_to(PACKAGE).as_posix())
def test_the_page_of_a_room_names_all_of_its_modules(room):
    page = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8")))
    paths = (*room.glob("*.py"), *(path.parent for path in room.glob("*/__init__.py")))
    assert {path.stem for path in paths} - {"__init__"} <= {*re.findall(r"\w+", page)}


def test_no_modules_import_each_other_in_a_circle():
    paths = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in PACKAGE.rglob("*.py")}
    paths = {name.removesuffix(".__init__"): path for name, path in paths.items()}
    imported = {
        name: {
            other for each in imports(path) if (other := each if each in paths else each.rpartition(".")[0]) in paths
        }
        for name, path in paths.items()
    }
    graphlib.TopologicalSorter(imported).prepare()  # raises CycleError, which names the circle


def test_only_the_gear_knows_the_gear_toolkit():
    knowing = {room for room, path in modules() if any("flywheel_gear_toolkit" in name for name in imports(path))}
    assert knowing == {"gear"}


def test_no_module_imports_a_package_that_is_not_a_dependency():
    provided = {"yaml": "PyYAML", "dateutil": "python-dateutil", "flywheel": "flywheel-sdk", "PIL": "pillow"}
    extras = {name for extra in PROJECT["optional-dependencies"].values() for name in map(package, extra)}
    packages = {name.partition(".")[0] for _, path in modules() for name in imports(path)}
    checked = {"typing_extensions", "_typeshed"}  # what the type checker brings
    foreign = packages - sys.stdlib_module_names - {"fw_gear_deid", "__future__"} - checked
    assert {provided.get(name, name.replace("_", "-")) for name in foreign} <= {*dependencies(), *extras}
