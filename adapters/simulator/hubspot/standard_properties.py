"""Decides the properties a new portal has, per object type; must not know any record.

Names, types and options from contract sheet 2.4 to 2.15. A trailing ``!`` on a type marks values that the API does
not let an app write. A company's ``industry`` is a plain text here (the vendor has a long closed list).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from adapters.simulator.hubspot.schema import Property, options_from

LIFECYCLE_STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "evangelist",
    "other",
)
_SOURCES = (
    "ORGANIC_SEARCH PAID_SEARCH EMAIL_MARKETING SOCIAL_MEDIA REFERRALS OTHER_CAMPAIGNS DIRECT_TRAFFIC OFFLINE "
    "PAID_SOCIAL AI_REFERRALS"
)
_OPTIONS: dict[str, str] = {
    "lifecyclestage": " ".join(LIFECYCLE_STAGES),
    "hs_lead_status": "NEW OPEN IN_PROGRESS OPEN_DEAL UNQUALIFIED ATTEMPTED_TO_CONTACT CONNECTED BAD_TIMING",
    "hs_analytics_source": _SOURCES,
    "hs_latest_source": _SOURCES,
    "numemployees": "1-5 5-25 25-50 50-100 100-500 500-1000 1000+",
    "hs_buying_role": "BLOCKER BUDGET_HOLDER CHAMPION DECISION_MAKER END_USER EXECUTIVE_SPONSOR INFLUENCER "
    "LEGAL_AND_COMPLIANCE OTHER",
    "hs_seniority": "executive vp director owner partner senior manager employee entry",
    "hs_language": "de en en-gb en-us es fr it ja nl pl pt pt-br sv zh-cn",
    "hs_email_hard_bounce_reason_enum": "BLOCKED CONTENT FILTERED MAILBOX_FULL OTHER POLICY SPAM UNKNOWN_USER",
    "type": "PROSPECT PARTNER RESELLER VENDOR OTHER",
    "dealtype": "newbusiness existingbusiness",
    "pipeline": "default",
    "dealstage": "appointmentscheduled qualifiedtobuy presentationscheduled decisionmakerboughtin contractsent "
    "closedwon closedlost",
    "hs_call_direction": "INBOUND OUTBOUND",
    "hs_call_status": "BUSY CALLING_CRM_USER CANCELED COMPLETED CONNECTING FAILED IN_PROGRESS NO_ANSWER QUEUED RINGING",
    "hs_email_direction": "EMAIL INCOMING_EMAIL FORWARDED_EMAIL",
    "hs_email_status": "BOUNCED FAILED SCHEDULED SENDING SENT",
    "hs_meeting_outcome": "SCHEDULED COMPLETED RESCHEDULED NO_SHOW CANCELED",
    "hs_task_status": "NOT_STARTED IN_PROGRESS WAITING COMPLETED DEFERRED",
    "hs_task_priority": "NONE LOW MEDIUM HIGH",
    "hs_task_type": "TODO CALL EMAIL",
    "hs_communication_channel_type": "WHATS_APP SMS LINKEDIN_MESSAGE",
    "hs_communication_logged_from": "CRM",
    "hs_lead_label": "HOT WARM COLD",
    "hs_pipeline": "lead-pipeline-id",
    "hs_pipeline_stage": "new-stage-id attempting-stage-id connected-stage-id qualified-stage-id unqualified-stage-id",
}
_SPACED_OPTIONS = {
    "hs_lead_type": ("NEW BUSINESS", "UPSELL", "RE-ATTEMPTING"),
    "hs_legal_basis": (
        "Legitimate interest \u2013 prospect/lead",
        "Legitimate interest \u2013 existing customer",
        "Legitimate interest - other",
        "Performance of a contract",
        "Freely given consent from contact",
        "Not applicable",
    ),
}
_MULTIPLE = frozenset({"hs_buying_role", "hs_legal_basis"})

_SYSTEM = {
    "number!": "hs_object_id",
    "string!": "hs_object_source hs_object_source_id hs_object_source_label hs_merged_object_ids hs_created_by_user_id "
    "hs_updated_by_user_id",
}
_OWNED = {
    "owner": "hubspot_owner_id",
    "datetime!": "hubspot_owner_assigneddate",
    "string!": "hubspot_team_id",
}
_ENGAGEMENT = {
    "datetime": "hs_timestamp",
    "datetime!": "hs_createdate hs_lastmodifieddate",
    "string": "hs_activity_type hs_attachment_ids",
}

_TABLES: dict[str, tuple[Mapping[str, str], ...]] = {
    "contacts": (
        _SYSTEM,
        _OWNED,
        {
            "string": "email hs_additional_emails firstname lastname salutation company jobtitle job_function industry "
            "annualrevenue address city state zip country website fax hs_role message relationship_status gender "
            "school degree seniority field_of_study graduation_date start_date work_email twitterhandle "
            "linkedinbio hs_linkedin_url hs_persona",
            "phone_number": "phone mobilephone",
            "enumeration": "lifecyclestage hs_lead_status numemployees hs_buying_role hs_seniority hs_language "
            "hs_legal_basis",
            "datetime!": "createdate lastmodifieddate hs_lastmodifieddate hs_analytics_first_timestamp "
            "hs_analytics_last_timestamp hs_latest_source_timestamp first_conversion_date recent_conversion_date "
            "hs_email_first_send_date hs_email_first_open_date hs_email_first_click_date hs_email_last_send_date "
            "hs_email_last_open_date hs_email_last_click_date hs_email_last_reply_date notes_last_contacted "
            "notes_last_updated notes_next_activity_date hs_last_sales_activity_timestamp "
            "hs_sales_email_last_replied first_deal_created_date "
            + " ".join(f"hs_lifecyclestage_{stage}_date" for stage in LIFECYCLE_STAGES),
            "enumeration!": "hs_analytics_source hs_latest_source hs_email_hard_bounce_reason_enum",
            "string!": "hs_analytics_source_data_1 hs_analytics_source_data_2 hs_latest_source_data_1 "
            "hs_latest_source_data_2 hs_analytics_first_url hs_analytics_last_url hs_analytics_first_referrer "
            "hs_analytics_last_referrer first_conversion_event_name recent_conversion_event_name hs_email_domain "
            "hs_marketable_status hs_marketable_reason_type hs_calculated_merged_vids hs_ip_timezone "
            "hs_searchable_calculated_phone_number hs_full_name_or_email hs_calculated_form_submissions",
            "number!": "hs_analytics_num_page_views hs_analytics_num_visits hs_analytics_num_event_completions "
            "num_conversion_events num_unique_conversion_events hs_email_delivered hs_email_open hs_email_click "
            "hs_email_bounce hs_email_replied hs_email_sends_since_last_engagement num_notes num_contacted_notes "
            "num_associated_deals associatedcompanyid hs_time_to_first_engagement hubspotscore",
            "bool!": "hs_email_optout hs_email_quarantined hs_is_unworked hs_is_contact",
        },
    ),
    "companies": (
        _SYSTEM,
        _OWNED,
        {
            "string": "name domain website description industry address city state zip country",
            "phone_number": "phone",
            "number": "numberofemployees annualrevenue",
            "enumeration": "type lifecyclestage hs_lead_status",
            "number!": "num_associated_contacts num_associated_deals hs_parent_company_id",
            "datetime!": "createdate hs_lastmodifieddate notes_last_contacted notes_last_updated",
        },
    ),
    "deals": (
        _SYSTEM,
        _OWNED,
        {
            "string": "dealname description closed_lost_reason closed_won_reason",
            "number": "amount",
            "datetime": "closedate",
            "enumeration": "pipeline dealstage dealtype",
            "bool!": "hs_is_closed hs_is_closed_won",
            "number!": "hs_deal_stage_probability num_associated_contacts",
            "datetime!": "createdate hs_lastmodifieddate",
        },
    ),
    "leads": (
        _SYSTEM,
        _OWNED,
        {
            "string": "hs_lead_name hs_lead_disqualification_reason",
            "enumeration": "hs_lead_type hs_lead_label hs_pipeline hs_pipeline_stage",
            "bool!": "hs_lead_is_open",
            "datetime!": "createdate hs_createdate hs_lastmodifieddate hs_v2_date_entered_current_stage",
        },
    ),
    "calls": (
        _SYSTEM,
        _OWNED,
        _ENGAGEMENT,
        {
            "string": "hs_call_title hs_call_body hs_call_disposition hs_call_from_number hs_call_to_number "
            "hs_call_recording_url hs_call_callee_object_id hs_call_callee_object_type",
            "number": "hs_call_duration",
            "enumeration": "hs_call_direction hs_call_status",
        },
    ),
    "meetings": (
        _SYSTEM,
        _OWNED,
        _ENGAGEMENT,
        {
            "string": "hs_meeting_title hs_meeting_body hs_meeting_location hs_meeting_external_url "
            "hs_internal_meeting_notes",
            "datetime": "hs_meeting_start_time hs_meeting_end_time",
            "enumeration": "hs_meeting_outcome",
        },
    ),
    "emails": (
        _SYSTEM,
        _OWNED,
        _ENGAGEMENT,
        {
            "string": "hs_email_subject hs_email_text hs_email_html hs_email_headers hs_body_preview "
            "hs_email_from_email hs_email_to_email hs_sequence_id",
            "enumeration": "hs_email_direction hs_email_status",
        },
    ),
    "tasks": (
        _SYSTEM,
        _OWNED,
        _ENGAGEMENT,
        {
            "string": "hs_task_subject hs_task_body",
            "datetime": "hs_task_completion_date",
            "enumeration": "hs_task_status hs_task_priority hs_task_type",
        },
    ),
    "notes": (_SYSTEM, _OWNED, _ENGAGEMENT, {"string": "hs_note_body"}),
    "communications": (
        _SYSTEM,
        _OWNED,
        _ENGAGEMENT,
        {
            "string": "hs_communication_body",
            "enumeration": "hs_communication_channel_type hs_communication_logged_from",
        },
    ),
}

SALESFORCE_SYNC: dict[str, Mapping[str, str]] = {
    "contacts": {
        "string!": "salesforceleadid salesforcecontactid salesforceaccountid salesforceownerid salesforcecampaignids "
        "salesforceopportunitystage",
        "bool!": "salesforcedeleted",
        "datetime!": "salesforcelastsynctime",
    },
    "companies": {"string!": "salesforceaccountid", "datetime!": "salesforcelastsynctime"},
    "deals": {"string!": "hs_salesforceopportunityid", "datetime!": "salesforcelastsynctime"},
}


def _options_of(name: str) -> tuple[Mapping[str, object], ...]:
    return options_from(_SPACED_OPTIONS.get(name) or _OPTIONS[name].split())


def _standard(name: str, kind: str, object_name: str) -> Property:
    plain = kind.rstrip("!")
    return Property(
        name=name,
        type="enumeration" if plain == "owner" else plain,
        field_type="checkbox" if name in _MULTIPLE else "",
        group=f"{object_name.rstrip('s')}information",
        options=_options_of(name) if plain == "enumeration" else (),
        unique=name == "email" and object_name == "contacts",
        read_only=kind.endswith("!"),
        references="OWNER" if plain == "owner" else None,
    )


def properties_in(table: Mapping[str, str], object_name: str) -> Iterator[Property]:
    """The properties of one table."""
    for kind, names in table.items():
        for name in names.split():
            yield _standard(name, kind, object_name)


def standard_schema() -> dict[str, dict[str, Property]]:
    """Object type to property name to property, for a portal as it is created."""
    return {
        object_name: {prop.name: prop for table in tables for prop in properties_in(table, object_name)}
        for object_name, tables in _TABLES.items()
    }
