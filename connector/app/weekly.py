"""The weekly mail: last week's figures to the leaders of both teams, once a week, whatever crashes in between.

The message is stored under the week's own name before it is sent, and a name exists once.
"""

from __future__ import annotations

from connector.app import App
from connector.app.reports import report
from connector.decide.messages import WEEKLY
from connector.report.week import mail_facts
from connector.sync.messages import Told


def tells_weekly(app: App, company: str) -> bool:
    """Whether the company has any channel to tell by."""
    return bool(app.settings.company(company).messages.channels)


def send_weekly(app: App, company: str) -> Told:
    """Write last week's mail, if it is not written yet, and send what waits."""
    made = report(app, company, "week")
    assert made.period.since is not None
    return app.announce(company, WEEKLY, f"w{made.period.since:%Y%m%d}", mail_facts(made))
