"""A company's files over the defaults, what a mistake in them says, and the digest."""

from __future__ import annotations

import pytest

from connector.errors import BadConfiguration
from connector.playbook import load
from connector.playbook.documents import FILES, digest_of
from connector.rules.conditions import Compare, Operator
from tests.playbook.folder import SYSTEMS, write

MAX = '[[members]]\nname = "Max"\nrole = "manager"\nsalesforce_user_id = "005B"\n'


def problem(tmp_path, **documents: str) -> str:
    with pytest.raises(BadConfiguration) as caught:
        load(write(tmp_path, **documents), systems=SYSTEMS)
    return caught.value.sentence()


@pytest.mark.parametrize(
    ("documents", "sentence"),
    [
        (
            {"followup": "[promises.hand_raise]\nfirst_tuoch_minutes = 30\n"},
            "acme/followup.toml: [promises.hand_raise] first_tuoch_minutes: unknown key; "
            'did you mean "first_touch_minutes".',
        ),
        (
            {"followup": '[promises.hand_raise]\nfirst_touch_minutes = "1 h"\n'},
            "acme/followup.toml: [promises.hand_raise] first_touch_minutes: expected a whole number.",
        ),
        (
            {"followup": "[promises.by_score]\naccept_minutes = 0\n"},
            "acme/followup.toml: [promises.by_score] accept_minutes: expected 1 or more.",
        ),
        (
            {"followup": "[promises.handraise]\nfirst_touch_minutes = 30\n"},
            'acme/followup.toml: [promises] handraise: unknown key; did you mean "hand_raise".',
        ),
        (
            {"followup": '[reasons.timing]\nclass = "recicle"\n'},
            'acme/followup.toml: [reasons.timing] class: "recicle" is not one of '
            'recycle, disqualify, reroute, merge, pending; did you mean "recycle".',
        ),
        (
            {"followup": '[reasons.moved]\nlabel = "Moved"\nclass = "recycle"\n'},
            "acme/followup.toml: [reasons.moved] track: missing; say on which track a recycled person waits.",
        ),
        (
            {"followup": '[reasons.unspecified]\nclass = "disqualify"\n'},
            "acme/followup.toml: [reasons] unspecified: must be there with class pending; "
            "it stands for a rejection without a reason.",
        ),
        (
            {"followup": '[recycling]\nlost_reason = "junk"\n'},
            'acme/followup.toml: [recycling] lost_reason: "junk" is not one of lost_competitor, lost_price, '
            "no_authority, no_budget, no_decision, no_need_now, not_ready, timing, unresponsive; "
            "write one of them.",
        ),
        (
            {"followup": '[hand_off]\ngrade = "A+"\n'},
            'acme/followup.toml: [hand_off] grade: "A+" is not one of A, B, C, D; did you mean "A".',
        ),
        (
            {"followup": '[status_signs.accepted]\nsf_state = ["Working"]\n'},
            'acme/followup.toml: [status_signs.accepted] sf_state: no canonical field "sf_state"; '
            'did you mean "sf_status".',
        ),
        (
            {"followup": '[note]\nsubject = "{score} {name}"\n'},
            "acme/followup.toml: [note] subject: {score} is no placeholder; write {grade}, {why}, {name}.",
        ),
        (
            {"followup": '[note]\nsubject = "{name!r:>{grade}}"\n'},
            "acme/followup.toml: [note] subject: {name!r:>{grade}} is no placeholder; write {grade}, {why}, {name}.",
        ),
        (
            {"followup": '[note]\nsubject = "{name"\n'},
            "acme/followup.toml: [note] subject: a brace stands alone; write {{ or }} for a brace that is meant.",
        ),
        (
            {"identity": '[domains]\nown = ["@acme.example"]\n'},
            'acme/identity.toml: [domains] own: "@acme.example" is not a domain; '
            "write only the part behind the @, as in example.com.",
        ),
        (
            {"identity": '[seniority]\norder = ["vp"]\n'},
            'acme/identity.toml: [seniority] order: "assistant" has phrases and no place in the order; '
            'add "assistant".',
        ),
        (
            {"identity": '[persona_excluded]\norder = ["student", "intern", "job_seeker", "professor", "interns"]\n'},
            "acme/identity.toml: [persona_excluded.phrases] interns: is in the order and has no phrases; "
            'did you mean "intern".',
        ),
        ({"identity": "domains = 3\n"}, "acme/identity.toml: domains: expected a table."),
        (
            {"identity": "[people]\nrecords_per_email_max = 0\n"},
            "acme/identity.toml: [people] records_per_email_max: expected 1 or more.",
        ),
        (
            {"nurture": '[tracks.welcome]\naccountable = "sales"\n'},
            'acme/nurture.toml: [tracks.welcome] accountable: "sales" is not one of '
            "marketing, account_owner, partner_manager, nobody; "
            "write one of them.",
        ),
        (
            {"nurture": "[tracks.welcome]\npriority = 3\n"},
            'acme/nurture.toml: [tracks.welcome] priority: "qualified_b" has the same; give each track its own.',
        ),
        (
            {"nurture": "[tracks.extra]\npriority = 20\nentry = {}\n"},
            "acme/nurture.toml: [tracks.extra.entry]: no condition; "
            "write stages, grades, motions, recycled, channel_allowed or when.",
        ),
        (
            {"nurture": "[tracks.qualified_c.human_touch]\nfirst_business_days = 2\n"},
            "acme/nurture.toml: [tracks.qualified_c.human_touch]: "
            "write exactly one of first_business_days, first_days, at_recycle_until or before_contract_end_days.",
        ),
        (
            {"nurture": '[push.hubspot.tracks]\neducat = "7"\n'},
            'acme/nurture.toml: [push.hubspot.tracks] educat: no such track; did you mean "educate".',
        ),
        (
            {"nurture": '[push.hubspott.tracks]\neducate = "7"\n'},
            'acme/nurture.toml: [push] hubspott: no such system; did you mean "hubspot".',
        ),
        (
            {"nurture": '[push.salesforce]\nleft = "Sent"\n'},
            "acme/nurture.toml: [push.salesforce] left: the same as joined; name another status, or none.",
        ),
        (
            {"nurture": '[[tracks.educate.tactics]]\ntext = "x"\nchannel = "fax"\n'},
            'acme/nurture.toml: [tracks.educate.tactics[1]] channel: "fax" is not one of '
            "email, phone, social, event, post; write one of them.",
        ),
        (
            {"nurture": '[tracks.educate.entry]\nwhen = { happend = "reply" }\n'},
            'acme/nurture.toml: [tracks.educate.entry.when] happend: unknown key; did you mean "happened".',
        ),
        (
            {"nurture": "[movement]\npoints_to_grad = 5\n"},
            'acme/nurture.toml: [movement] points_to_grad: unknown key; did you mean "points_to_grade".',
        ),
        (
            {"nurture": "[touch]\nescalate_minutes = 5\n"},
            "acme/nurture.toml: [touch] escalate_minutes: before the promise ends; expected promised_minutes or more.",
        ),
        (
            {"nurture": '[tracks.extra]\npriority = 20\nentry = { stages = ["leed"] }\n'},
            'acme/nurture.toml: [tracks.extra.entry] stages: "leed" is not one of '
            'name, suspect, lead, qualified_lead, prospect, customer; did you mean "lead".',
        ),
        (
            {"routing": "[pool]\ndaily_max = true\n"},
            "acme/routing.toml: [pool] daily_max: expected a whole number.",
        ),
        (
            {"routing": '[fallback]\nmembre = "Max"\n'},
            'acme/routing.toml: [fallback] membre: unknown key; did you mean "member".',
        ),
        (
            {"team": MAX},
            "default/routing.toml: [fallback] member: missing; "
            "name in your own routing.toml the member of team.toml who gets what nobody else can take.",
        ),
        (
            {"team": MAX, "routing": '[fallback]\nmember = "Maxi"\n'},
            'acme/routing.toml: [fallback] member: "Maxi" is not in team.toml; did you mean "Max".',
        ),
        (
            {"routing": '[fallback]\nmember = "Max"\n'},
            'acme/routing.toml: [fallback] member: "Max" is not in team.toml; add the member to team.toml.',
        ),
        (
            {"team": MAX.replace("manager", "menager")},
            'acme/team.toml: [members[1]] role: "menager" is not one of '
            'sdr, ae, manager, csm, partner_manager, marketing; did you mean "manager".',
        ),
        (
            {"team": '[[members]]\nname = "Max"\nrole = "manager"\n'},
            "acme/team.toml: [members[1]]: no id in any system; "
            "write one of hubspot_user_id, memory_user_id, salesforce_user_id.",
        ),
        (
            {"team": MAX + 'hours = "nine to five"\n'},
            'acme/team.toml: [members[1]] hours: "nine to five" are no working hours; write them as 09:00-17:00.',
        ),
        (
            {"team": MAX + 'timezone = "Mars/Olympus"\n'},
            'acme/team.toml: [members[1]] timezone: no time zone "Mars/Olympus"; write a name such as Europe/Berlin.',
        ),
        (
            {"team": MAX + 'holidays = ["2026-12-25"]\n'},
            "acme/team.toml: [members[1]] holidays: expected a date; write it as 2026-12-25 without quotes.",
        ),
        (
            {"team": MAX + 'backup = "Ada"\n'},
            'acme/team.toml: [members[1]] backup: "Ada" is not in the roster; valid: Max.',
        ),
        (
            {"team": MAX + MAX.replace('"Max"', '"Ada"')},
            "acme/team.toml: [members[2]]: another member has the salesforce id of Max; give each member their own.",
        ),
        (
            {"team": MAX + "away = [{ first_day = 2026-12-31, last_day = 2026-12-01 }]\n"},
            "acme/team.toml: [members[1].away[1]] last_day: lies before first_day.",
        ),
        (
            {"scoring": "[hysteresis]\ndays = 1.5\n"},
            "acme/scoring.toml: [hysteresis] days: expected a whole number.",
        ),
        (
            {"stages": '[[junk]]\nid = "x"\nreason = "timing"\nwhen = { field = "disposable", is = true }\n'},
            'acme/stages.toml: [junk[1]] reason: "timing" is no reason of class disqualify in followup.toml; '
            "valid: bad_data, competitor, junk, no_fit, no_need_ever, not_a_buyer, not_served, opted_out.",
        ),
        (
            {"fields": '[canonical.title]\npolicy = "prefer_pipedrive_unless_blank"\n'},
            'fields.toml: [canonical.title] policy: policy "prefer_pipedrive_unless_blank" names an unknown system; '
            "valid: hubspot, memory, salesforce.",
        ),
        (
            {"fields": '[hubspot.contacts.fields.lifecyclestage.write_values]\nsuspect = "visitor"\n'},
            "acme/fields.toml: [hubspot.contacts.fields.lifecyclestage.write_values] suspect: "
            '"visitor" is not one of subscriber, lead, marketingqualifiedlead, salesqualifiedlead, opportunity, '
            "customer; "
            "write one of them.",
        ),
        (
            {"fields": '[hubspot.contacts.fields.lifecyclestage.write_values]\nsuspects = "subscriber"\n'},
            "acme/fields.toml: [hubspot.contacts.fields.lifecyclestage.write_values] suspects: "
            'no such stage; did you mean "suspect".',
        ),
        ({"scorings": ""}, 'acme/scorings.toml: unknown file; did you mean "scoring.toml".'),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(tmp_path, documents, sentence) -> None:
    assert problem(tmp_path, **documents) == sentence


def test_what_is_not_toml_names_file_and_line(tmp_path) -> None:
    sentence = problem(tmp_path, team="[roles\n")
    assert sentence.startswith("acme/team.toml: not valid TOML: ")
    assert "line 1" in sentence


def test_a_file_that_is_not_text_is_one_sentence(tmp_path) -> None:
    folder = write(tmp_path)
    (folder / "team.toml").write_bytes(b"\xff\xfe\x00")
    assert (
        problem(tmp_path) == "acme/team.toml: cannot be read (UnicodeDecodeError); check the file and save it as UTF-8."
    )


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path) -> None:
    folder = tmp_path / "acme"
    with pytest.raises(BadConfiguration) as caught:
        load(folder, systems=SYSTEMS)
    assert caught.value.exit_code == 2
    assert caught.value.sentence() == (f"{folder}: no such folder; create it, or correct the path that names it.")


def test_notes_hidden_files_and_backups_are_left_alone(tmp_path) -> None:
    folder = write(tmp_path)
    for name in ("README.md", ".gitkeep", "team.toml~"):
        (folder / name).write_text("[", encoding="utf-8")
    assert load(folder, systems=SYSTEMS).playbook == load(None, systems=SYSTEMS).playbook


def test_a_company_overrides_key_by_key(tmp_path) -> None:
    own = "[promises.hand_raise]\nfirst_touch_minutes = 30\n[reasons.timing]\ncooldown_days = 45\n"
    playbook = load(write(tmp_path, followup=own), systems=SYSTEMS).playbook
    default = load(None, systems=SYSTEMS).playbook
    assert playbook.promises["hand_raise"].first_touch_minutes == 30
    assert playbook.promises["hand_raise"].attempts == default.promises["hand_raise"].attempts
    assert playbook.promises["by_score"] == default.promises["by_score"]
    assert playbook.rules.reasons["timing"].cooldown_days == 45
    assert playbook.rules.reasons["timing"].track == "recycled_timing"
    assert playbook.rules.reasons.keys() == default.rules.reasons.keys()


def test_a_list_is_replaced_as_a_whole(tmp_path) -> None:
    own = '[domains]\ndisposable = ["Throwaway.Example"]\n'
    lists = load(write(tmp_path, identity=own), systems=SYSTEMS).playbook.lists
    assert lists.disposable == frozenset({"throwaway.example"})
    assert "gmail.com" in lists.free_mail


def test_a_company_may_add_a_reason_and_a_track(tmp_path) -> None:
    folder = write(
        tmp_path,
        nurture="[tracks.moved]\npriority = 20\nentry = { recycled = true }\n",
        followup='[reasons.moved]\nlabel = "Moved"\nclass = "recycle"\ntrack = "moved"\n',
    )
    playbook = load(folder, systems=SYSTEMS).playbook
    assert playbook.rules.reasons["moved"].track == "moved"
    assert playbook.reason_labels["moved"] == "Moved"


def test_nought_takes_a_number_of_the_default_away(tmp_path) -> None:
    own = "[tracks.qualified_c]\ncadence_days = 0\nhuman_touch = { first_days = 0, first_business_days = 2 }\n"
    tracks = load(write(tmp_path, nurture=own), systems=SYSTEMS).playbook.tracks
    track = next(track for track in tracks if track.name == "qualified_c")
    assert track.cadence_days is None
    assert track.human_touch is not None
    assert (track.human_touch.first_days, track.human_touch.first_business_days) == (None, 2)


def test_own_domains_are_out_of_scope(tmp_path) -> None:
    folder = write(tmp_path, identity='[domains]\nown = ["Acme.Example"]\n')
    playbook = load(folder, systems=SYSTEMS).playbook
    first = playbook.definitions.stages.exclusions[0]
    assert first.when == Compare("email_domain", Operator.IN, ("acme.example",))
    assert playbook.own_domains == frozenset({"acme.example"})
    assert "email_domain" in playbook.fields_used


def test_the_digest_does_not_see_comments_and_the_order_of_keys(tmp_path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    one = load(write(here, routing="[pool]\ndaily_max = 5\nopen_unaccepted_max = 6\n"), systems=SYSTEMS)
    other = load(
        write(there, routing="# ours\n[pool]\nopen_unaccepted_max = 6 # few\n\ndaily_max = 5\n"), systems=SYSTEMS
    )
    assert one.playbook.digest == other.playbook.digest
    assert one.playbook == other.playbook
    assert digest_of({"b": 1, "a": [1, 2]}) == digest_of({"a": [1, 2], "b": 1})
    assert digest_of({"a": [1, 2]}) != digest_of({"a": [2, 1]})


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("followup", "[promises.growth]\nfirst_touch_minutes = 481\n"),
        ("identity", '[competitors]\nnames = ["Rival"]\n'),
        ("nurture", "[tracks.welcome]\ncadence_days = 31\n"),
        ("routing", "[pool]\ndaily_max = 11\n"),
        ("scoring", "[hysteresis]\ndays = 4\n"),
        ("stages", "[exits]\nlock_days = 31\n"),
        ("qualifying", "[questions.q_need]\nstale_days = 181\n"),
        ("team", '[roles]\nsales = ["sdr"]\n'),
    ],
)
def test_the_digest_changes_with_a_value_of_any_file(tmp_path, name, text) -> None:
    changed, default = load(write(tmp_path, **{name: text}), systems=SYSTEMS), load(None, systems=SYSTEMS)
    assert changed.playbook.digest != default.playbook.digest
    assert changed.mapping.digest == default.mapping.digest
    assert changed.playbook.body[f"{name}.toml"] != default.playbook.body[f"{name}.toml"]


def test_the_mapping_has_its_own_digest(tmp_path) -> None:
    own = '[canonical.title]\npolicy = "prefer_hubspot_unless_blank"\n'
    changed, default = load(write(tmp_path, fields=own), systems=SYSTEMS), load(None, systems=SYSTEMS)
    assert changed.mapping.digest != default.mapping.digest
    assert changed.playbook.digest == default.playbook.digest
    assert changed.mapping.canonical["title"].type == "text"
    assert changed.mapping_body["canonical"]["title"]["policy"] == "prefer_hubspot_unless_blank"


def test_a_system_without_an_adapter_is_refused() -> None:
    with pytest.raises(BadConfiguration, match=r"^default/fields.toml: hubspot: unknown table"):
        load(None, systems=("memory", "salesforce"))


def test_every_file_has_a_default() -> None:
    assert set(load(None, systems=SYSTEMS).playbook.body) | {"fields.toml", "sources.toml"} == set(FILES)
