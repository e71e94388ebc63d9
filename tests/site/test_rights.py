"""What a run may do is found out before it reads data, and told with the way to get what is missing."""

from dataclasses import replace

import pytest

from fw_gear_deid.errors import SiteError, UsageError
from fw_gear_deid.site.addresses import ProjectPath
from fw_gear_deid.site.client import SiteClient
from fw_gear_deid.site.rights import check_destination, check_destination_key, destination_of, source_of
from tests.flywheel_site.files import store

DESTINATION = ProjectPath("lab", "Destination")


@pytest.fixture
def connect(lab):
    opened = []

    def connected(who):
        opened.append(SiteClient(lab.running.api_key(lab.keys.get(who, who)), lambda _: None))
        return opened[-1]

    yield connected
    for client in opened:
        client.close()


def member(lab, project, role):
    secret = lab.site.add_user(f"{role}-{project['label'].lower()}@example.org")
    project["permissions"].append({"_id": lab.site.keys[secret].user.id, "role_ids": [lab.site.role(role).id]})
    return secret


def test_an_owner_of_both_may_do_all(lab, connect):
    owner = connect("owner")
    check_destination(owner, destination_of(owner, DESTINATION), lab.source["_id"], deletes=True)
    assert source_of(owner, lab.source["_id"]).container.id == lab.source["_id"]


def test_a_reader_is_told_what_is_missing(lab, connect):
    reader = connect("reader")
    with pytest.raises(UsageError, match=r"may not create subjects.*upload files.*read-write") as caught:
        check_destination(reader, destination_of(reader, DESTINATION), lab.source["_id"], deletes=False)
    assert "delete" not in str(caught.value)
    source_of(reader, lab.source["_id"])


def test_the_right_to_delete_is_asked_for_only_when_it_is_needed(lab, connect):
    role = lab.site.role("read-write")
    lab.site.add_role("careful", tuple(action for action in role.actions if "delete" not in action))
    careful = connect(member(lab, lab.destination, "careful"))
    project = destination_of(careful, DESTINATION)
    check_destination(careful, project, "", deletes=False)
    with pytest.raises(UsageError, match="may not delete files"):
        check_destination(careful, project, "", deletes=True)


def test_the_source_cannot_be_its_own_destination(lab, connect):
    owner = connect("owner")
    project = destination_of(owner, DESTINATION)
    with pytest.raises(UsageError, match="holds the source"):
        check_destination(owner, project, lab.destination["_id"], deletes=False)


def test_a_project_that_is_not_there(connect):
    with pytest.raises(UsageError, match="no such project") as caught:
        destination_of(connect("owner"), ProjectPath("lab", "Nowhere"))
    assert "gear rule" not in str(caught.value)


def test_a_gear_rules_job_is_told_the_ways_out(connect):
    with pytest.raises(UsageError, match=r"gear rule.*destination-key.*fw-deid batch"):
        destination_of(connect("rule"), DESTINATION)


@pytest.mark.parametrize(
    ("lacking", "words"),
    [
        ("containers_view_metadata", "see its containers"),
        ("files_download", "download its files"),
    ],
)
def test_a_gear_rules_job_is_told_what_its_role_lacks(lab, connect, lacking, words):
    """It has no account whose role could be looked up, so it is tried; nothing is downloaded for that."""
    store(lab.site, lab.source, "a.json", b"{}")
    source_of(connect(lab.site.add_rule_key(lab.source["_id"], "read-only")), lab.source["_id"])
    actions = tuple(action for action in lab.site.role("read-only").actions if action != lacking)
    lab.site.add_role("narrow", actions)
    with pytest.raises(UsageError, match=f"may not {words} in the source project.*gear rule"):
        source_of(connect(lab.site.add_rule_key(lab.source["_id"], "narrow")), lab.source["_id"])
    assert lab.site.requests["GET /{plural}/{cid}/files/{name}"] == (2 if lacking == "files_download" else 1)


def test_a_persons_job_has_the_rights_of_the_person(lab, connect):
    """Its key says that it is a job's, and whose."""
    reader = lab.site.keys[lab.keys["reader"]]
    lab.site.keys["of the job"] = replace(reader, key="of the job", job="j1")
    job = connect("of the job")
    source_of(job, lab.source["_id"])
    assert lab.site.requests["GET /files"] == 0
    with pytest.raises(UsageError, match="may not create subjects"):
        check_destination(job, destination_of(job, DESTINATION), lab.source["_id"], deletes=False)


def test_a_jobs_key_is_no_destination_key(lab, connect):
    with pytest.raises(UsageError, match="destination-key: is the key of a job"):
        check_destination_key(connect("rule"), connect("owner"), lab.source["_id"])


def test_a_site_administrators_key_is_refused_as_destination_key(lab, connect):
    with pytest.raises(UsageError, match="site administrator"):
        check_destination_key(connect("admin"), connect("rule"), lab.source["_id"])


def test_a_destination_key_that_reads_the_source_more_widely_is_warned_of(lab, connect):
    rule = connect("rule")
    assert len(check_destination_key(connect("owner"), rule, lab.source["_id"])) == 1
    narrow = connect(member(lab, lab.destination, "read-write"))
    assert check_destination_key(narrow, rule, lab.source["_id"]) == ()
    assert check_destination_key(connect("owner"), connect("owner"), lab.source["_id"]) == ()


def test_a_site_that_is_down_is_no_missing_right(lab, connect):
    owner = connect("owner")
    lab.site.faults.switch_on("500")
    with pytest.raises(SiteError, match="500"):
        check_destination_key(owner, owner, lab.source["_id"])
