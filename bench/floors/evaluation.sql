-- The default playbook's evaluation, written by hand for SQLite: scope, junk, points with decay, caps and rounding,
-- the three axes, the total and the grade. Parameters: :company, :as_of (end of the local day in microseconds).
WITH facts AS MATERIALIZED (
    -- In the order of the index on people: nothing is sorted, and points are worked out only where they count.
    SELECT person_id,
        sum(CASE WHEN occurred_at >= :as_of - 14 * 86400000000 THEN 20000 ELSE 10000 END) FILTER (WHERE signal = 'hand_raise' AND occurred_at >= :as_of - 45 * 86400000000) AS hand_raise,
        sum(CASE WHEN occurred_at >= :as_of - 30 * 86400000000 THEN 15000 ELSE 7500 END) FILTER (WHERE signal IN ('meeting_booked', 'meeting_held') AND occurred_at >= :as_of - 60 * 86400000000) AS meeting,
        sum((16000 * (60 - (:as_of - 1 - occurred_at) / 86400000000) + 60) / 120) FILTER (WHERE signal IN ('reply', 'connected_call') AND direction = 'human' AND occurred_at >= :as_of - 60 * 86400000000) AS conversation,
        sum((20000 * (90 - (:as_of - 1 - occurred_at) / 86400000000) + 90) / 180) FILTER (WHERE signal = 'event_attended' AND occurred_at >= :as_of - 90 * 86400000000) AS attended,
        sum((6000 * (60 - (:as_of - 1 - occurred_at) / 86400000000) + 60) / 120) FILTER (WHERE signal = 'event_registered' AND occurred_at >= :as_of - 60 * 86400000000) AS registered,
        sum((CASE phase WHEN 'decision' THEN 16000 WHEN 'consideration' THEN 12000 ELSE 6000 END
            * (90 - (:as_of - 1 - occurred_at) / 86400000000) + 90) / 180) FILTER (WHERE signal = 'content_download' AND occurred_at >= :as_of - 90 * 86400000000) AS content,
        sum((10000 * (30 - (:as_of - 1 - occurred_at) / 86400000000) + 30) / 60) FILTER (WHERE signal = 'key_page' AND occurred_at >= :as_of - 30 * 86400000000) AS key_page,
        sum((2000 * (30 - (:as_of - 1 - occurred_at) / 86400000000) + 30) / 60) FILTER (WHERE signal = 'site_return' AND occurred_at >= :as_of - 30 * 86400000000) AS site_return,
        sum((4000 * (60 - (:as_of - 1 - occurred_at) / 86400000000) + 60) / 120) FILTER (WHERE signal = 'email_click' AND occurred_at >= :as_of - 60 * 86400000000) AS email_click,
        sum((4000 * (180 - (:as_of - 1 - occurred_at) / 86400000000) + 180) / 360) FILTER (WHERE signal = 'subscribed' AND occurred_at >= :as_of - 180 * 86400000000) AS subscribed,
        sum((10000 * (90 - (:as_of - 1 - occurred_at) / 86400000000) + 90) / 180) FILTER (WHERE signal = 'campaign_responded' AND occurred_at >= :as_of - 90 * 86400000000) AS responded,
        sum(-((10000 * (60 - (:as_of - 1 - occurred_at) / 86400000000) + 59) / 120)) FILTER (WHERE signal = 'meeting_no_show' AND occurred_at >= :as_of - 60 * 86400000000) AS no_show,
        sum(-((16000 * (30 - (:as_of - 1 - occurred_at) / 86400000000) + 29) / 60)) FILTER (WHERE signal = 'careers_page' AND occurred_at >= :as_of - 30 * 86400000000) AS careers,
        count(*) FILTER (WHERE signal = 'event_attended' AND occurred_at >= :as_of - 60 * 86400000000) > 0 AS attended_60,
        count(*) FILTER (WHERE signal = 'hand_raise' AND occurred_at >= :as_of - 30 * 86400000000) > 0 AS raised_30,
        count(*) FILTER (WHERE signal = 'hand_raise' AND occurred_at >= :as_of - 14 * 86400000000) > 0 AS raised_14,
        count(*) FILTER (WHERE (signal = 'content_download' AND phase = 'decision' OR signal = 'key_page' AND kind = 'pricing') AND occurred_at >= :as_of - 30 * 86400000000) > 0 AS decides_30
    FROM activity
    WHERE company = :company AND deleted_seq IS NULL AND duplicate_of IS NULL AND direction != 'bot'
      AND occurred_at < :as_of AND occurred_at >= :as_of - 180 * 86400000000
      AND signal IN ('hand_raise', 'meeting_booked', 'meeting_held', 'reply', 'connected_call', 'event_attended',
                     'event_registered', 'content_download', 'key_page', 'site_return', 'email_click', 'subscribed',
                     'campaign_responded', 'meeting_no_show', 'careers_page')
    GROUP BY person_id
), points AS MATERIALIZED (
    SELECT p.person_id,
        CASE WHEN processing_restricted THEN 'restricted' WHEN lower(account_status) = 'partner' THEN 'partner' END AS scope_rule,
        CASE WHEN disposable THEN 'disposable_domain'
             WHEN NOT coalesce(has_email, 0) AND NOT coalesce(has_phone, 0) THEN 'no_contact_point'
             WHEN gibberish THEN 'gibberish'
             WHEN lower(email_quality) = 'hard' AND NOT coalesce(has_phone, 0) THEN 'bounced'
             WHEN lower(account_status) = 'competitor' THEN 'competitor'
             WHEN persona_excluded IS NOT NULL THEN 'not_a_buyer'
             WHEN lower(q_need) = 'never' THEN 'knocked_out' END AS junk_rule,
        CASE WHEN lower(seniority) IN ('owner', 'founder', 'partner', 'executive', 'c_level', 'vp', 'head') THEN 10000
             WHEN lower(seniority) = 'director' THEN 8000 WHEN lower(seniority) = 'manager' THEN 5000
             WHEN seniority IS NULL THEN 3000 ELSE 2000 END
      + CASE WHEN lower(job_function) IN ('marketing', 'sales', 'operations', 'revenue_operations') THEN 10000
             WHEN lower(job_function) IN ('it', 'engineering', 'finance', 'product', 'general_management') THEN 4000
             WHEN job_function IS NULL THEN 3000 ELSE 0 END
      + CASE WHEN employees BETWEEN 50 AND 1000 THEN 10000 WHEN employees BETWEEN 20 AND 5000 THEN 5000
             WHEN employees IS NULL THEN 3000 ELSE 0 END
      + CASE WHEN lower(industry) IN ('computer_software', 'software', 'information_technology_and_services', 'technology', 'internet') THEN 6000
             WHEN lower(industry) IN ('financial_services', 'telecommunications', 'electronics', 'manufacturing', 'consulting') THEN 3000
             WHEN lower(industry) IN ('gambling_casinos', 'tobacco') THEN -10000 WHEN industry IS NULL THEN 2000 ELSE 0 END
      + CASE WHEN lower(country) IN ('us', 'usa', 'united states', 'gb', 'uk', 'united kingdom', 'de', 'germany', 'ch', 'switzerland', 'at', 'austria') THEN 4000
             WHEN country IS NULL THEN 1000 ELSE 2000 END
      + CASE WHEN free_mail AND account_domain IS NULL
              AND coalesce(lower(account_status), '') NOT IN ('customer', 'open_opportunity', 'former_customer', 'partner') THEN -4000 ELSE 0 END
      + CASE WHEN lower(account_status) IN ('customer', 'open_opportunity') THEN 4000 ELSE 0 END AS fit,
        min(coalesce(hand_raise, 0), 20000) + min(coalesce(meeting, 0), 15000) + min(coalesce(conversation, 0), 8000)
      + min(coalesce(attended, 0), 15000) + CASE WHEN attended_60 THEN 0 ELSE min(coalesce(registered, 0), 6000) END
      + min(coalesce(content, 0), 14000) + min(coalesce(key_page, 0), 10000) + min(coalesce(site_return, 0), 4000)
      + min(coalesce(email_click, 0), 8000) + min(coalesce(subscribed, 0), 2000) + min(coalesce(responded, 0), 10000)
      + max(coalesce(no_show, 0), -10000) + max(coalesce(careers, 0), -8000) AS engagement,
        CASE WHEN q_need_at >= :as_of THEN 0
             WHEN (:as_of - 1 - q_need_at) / 86400000000 < 180 THEN CASE lower(q_need) WHEN 'specific' THEN 8000 WHEN 'general' THEN 4000 ELSE 0 END
             WHEN (:as_of - 1 - q_need_at) / 86400000000 < 365 THEN CASE lower(q_need) WHEN 'specific' THEN 4000 WHEN 'general' THEN 2000 ELSE 0 END ELSE 0 END
      + CASE WHEN q_authority_at >= :as_of THEN 0
             WHEN (:as_of - 1 - q_authority_at) / 86400000000 < 180 THEN CASE lower(q_authority) WHEN 'decides' THEN 6000 WHEN 'influences' THEN 4000 WHEN 'uses' THEN 1000 ELSE 0 END
             WHEN (:as_of - 1 - q_authority_at) / 86400000000 < 365 THEN CASE lower(q_authority) WHEN 'decides' THEN 3000 WHEN 'influences' THEN 2000 WHEN 'uses' THEN 500 ELSE 0 END ELSE 0 END
      + CASE WHEN q_budget_at >= :as_of THEN 0
             WHEN (:as_of - 1 - q_budget_at) / 86400000000 < 180 THEN CASE lower(q_budget) WHEN 'approved' THEN 6000 WHEN 'planned' THEN 4000 WHEN 'in_range' THEN 4000 ELSE 0 END
             WHEN (:as_of - 1 - q_budget_at) / 86400000000 < 365 THEN CASE lower(q_budget) WHEN 'approved' THEN 3000 WHEN 'planned' THEN 2000 WHEN 'in_range' THEN 2000 ELSE 0 END ELSE 0 END
      + CASE WHEN q_timing_at >= :as_of THEN 0
             WHEN lower(q_timing) = '0-3' THEN CASE WHEN (:as_of - 1 - q_timing_at) / 86400000000 < 90 THEN 6000 ELSE 0 END
             WHEN lower(q_timing) = '3-6' THEN CASE WHEN (:as_of - 1 - q_timing_at) / 86400000000 < 90 THEN 4000 WHEN (:as_of - 1 - q_timing_at) / 86400000000 < 180 THEN 6000 ELSE 0 END
             WHEN lower(q_timing) = '6-12' THEN CASE WHEN (:as_of - 1 - q_timing_at) / 86400000000 < 180 THEN 2000 WHEN (:as_of - 1 - q_timing_at) / 86400000000 < 270 THEN 4000
                                                     WHEN (:as_of - 1 - q_timing_at) / 86400000000 < 365 THEN 6000 ELSE 0 END ELSE 0 END
      + CASE WHEN raised_30 THEN 16000 ELSE 0 END + CASE WHEN decides_30 THEN 4000 ELSE 0 END AS readiness,
        coalesce(raised_14, 0) AS raised_14,
        coalesce(has_email AND NOT coalesce(email_opt_out, 0) AND coalesce(lower(email_quality), '') != 'hard', 0)
            OR coalesce(has_phone AND NOT coalesce(phone_opt_out, 0), 0) AS reachable
    FROM person AS p LEFT JOIN facts ON facts.person_id = p.person_id
    WHERE p.company = :company AND p.merged_into IS NULL
), axes AS MATERIALIZED (
    SELECT person_id, scope_rule, junk_rule, raised_14, reachable, scope_rule IS NULL AND junk_rule IS NULL AS counts,
        CASE WHEN scope_rule IS NULL AND junk_rule IS NULL THEN max(0, min(fit, 40000)) ELSE 0 END AS fit_milli,
        CASE WHEN scope_rule IS NULL AND junk_rule IS NULL THEN max(0, min(engagement, 30000)) ELSE 0 END AS engagement_milli,
        CASE WHEN scope_rule IS NULL AND junk_rule IS NULL THEN max(0, min(readiness, 30000)) ELSE 0 END AS readiness_milli
    FROM points
)
SELECT person_id, scope_rule, junk_rule, fit_milli, engagement_milli, readiness_milli,
    fit_milli + engagement_milli + readiness_milli AS total_milli,
    CASE WHEN NOT counts THEN NULL
         WHEN reachable AND (fit_milli + engagement_milli + readiness_milli >= 75000 OR raised_14 AND fit_milli >= 20000) THEN 'A'
         WHEN fit_milli + engagement_milli + readiness_milli >= 50000 OR raised_14 AND fit_milli >= 10000 THEN 'B'
         WHEN fit_milli + engagement_milli + readiness_milli >= 25000 THEN 'C'
         ELSE 'D' END AS grade_open
FROM axes
