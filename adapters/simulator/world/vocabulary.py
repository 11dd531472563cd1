"""The words the demo company is made of: names, titles, accounts, forms.

Decides only what things are called and which of them fit the demo's market better or worse; the order in each
list is fixed, since the seed picks by position. It knows neither vendor.
"""

from __future__ import annotations


def _each(text: str) -> tuple[str, ...]:
    return tuple(text.split())


OWN_DOMAIN = "harbourline.example"
COMPETITOR_DOMAINS = ("rivalsoft.example", "northbay-systems.example")
DISPOSABLE_DOMAINS = ("mailinator.com", "guerrillamail.com")
FREE_MAIL_DOMAINS = ("gmail.com", "outlook.com", "yahoo.com")

FIRST_NAMES = _each(
    "Amelia Anders Anita Arjun Astrid Beatriz Bruno Camille Carlos Chloe Daniel Dana Diego Elena Elias Emeka Erik "
    "Farah Felix Fiona Gabriel Grace Hanna Hassan Helena Hugo Imani Ines Ivan Jana Jasper Joana Jonas Julia Kaito "
    "Karin Kofi Laila Lars Leonor Liam Lucia Maja Malik Marco Mara Mateo Mina Nadia Naomi Nils Noor Olga Omar Oscar "
    "Paula Petra Quentin Rafael Rania Rosa Samuel Sara Selma Simon Sofia Tara Thomas Uma Valentin Vera Victor "
    "Yasmin Yusuf Zara Zoe"
)
LAST_NAMES = _each(
    "Abara Almeida Anderson Aoki Baker Barros Becker Bianchi Bjork Brandt Carlsen Castillo Chandra Conti Cooper "
    "Costa Dalgaard Dawson Delgado Eriksen Evans Farouk Ferrari Fischer Fontaine Garcia Greene Haddad Hansen Harper "
    "Hoffman Ibarra Iversen Jansen Kapoor Keller Kimura Kowalski Kruger Lambert Larsen Laurent Lopez Lindgren "
    "Marin Mercer Moreau Morales Nakamura Navarro Nilsen Novak Oduya Okafor Olsen Ortega Palmer Pereira Petrov "
    "Quinn Ramos Reyes Rinaldi Rossi Sandoval Santos Schneider Sharma Silva Sorensen Takeda Tanaka Torres Turner "
    "Valdez Vargas Vogel Wagner Walker Weber Winter Yilmaz Zimmer"
)

ACCOUNT_FIRST = _each(
    "Alder Amber Apex Arbor Aster Atlas Beacon Birch Bluefin Bright Cedar Cinder Clear Cobalt Copper Coral Crest "
    "Delta Eastgate Ember Fern Flint Forge Garnet Granite Harvest Helio Hollow Indigo Iron Ivory Juniper Kestrel "
    "Lantern Larch Linden Lumen Maple Meridian Mosaic Noble Nova Oak Onyx Opal Orchard Pacific Pepper Pine Pioneer "
    "Quarry Quill Raven Ridge River Sable Sierra Silver Solar Sparrow Stone Summit Tamarack Terra Tidal Timber "
    "Umber Union Valley Vector Violet Walnut Willow Zephyr"
)
ACCOUNT_SECOND = ("Analytics", "Brothers", "Cloud", "Dynamics", "Group", "Industries", "Labs", "Logistics")
ACCOUNT_LAST = ("Inc", "LLC", "GmbH", "Ltd", "Partners")

# By how well they fit: what the demo's playbook would call target, adjacent and other.
TITLES = {
    "strong": (
        "VP Sales",
        "VP Marketing",
        "Chief Revenue Officer",
        "Chief Marketing Officer",
        "Head of Revenue Operations",
        "Director of Sales",
        "Director of Marketing",
    ),
    "medium": ("Operations Manager", "Marketing Manager", "Sales Manager", "IT Manager", "Product Manager"),
    "medium_low": ("Operations Manager", "IT Manager", "Product Manager"),
    "weak": ("Office Coordinator", "Accountant", "Field Technician", "Receptionist", "Legal Counsel"),
}
INDUSTRIES = {
    "strong": ("Technology",),
    "medium": ("Telecommunications", "Finance", "Manufacturing"),
    "weak": ("Agriculture", "Government", "Not For Profit", "Utilities"),
}
EMPLOYEES = {"strong": (120, 200, 260, 400), "medium": (60, 80, 600, 900), "weak": (3, 8, 15, 4000)}
COUNTRIES = {
    "strong": ("United States",),
    "medium": ("United States", "Canada", "United Kingdom"),
    "weak": ("Germany", "Canada", "United Kingdom"),
}
STUDENT_TITLES = ("Student", "Intern", "PhD student", "Job seeker")

HAND_RAISES = ("Demo request", "Contact sales", "Pricing request")
WHITEPAPERS = ("Whitepaper: The hand-off handbook", "Whitepaper: State of lead follow-up", "Whitepaper: Clean data")
WEBINARS = ("Webinar: One funnel for two teams", "Webinar: Speed to lead in practice", "Webinar: Scoring that holds")
DECISION_CONTENT = ("Buyer guide: Lead management", "ROI calculator")
NEWSLETTER = "Newsletter"
PRODUCT_QUESTION = "Product question: Which edition fits us?"

TRADE_SHOW = ("Revenue Days: our stand", "Trade Show")
NURTURE_CAMPAIGN = ("Nurture: qualified C", "Email")

SOURCES = ("ORGANIC_SEARCH", "PAID_SEARCH", "EMAIL_MARKETING", "SOCIAL_MEDIA", "REFERRALS", "DIRECT_TRAFFIC", "OFFLINE")
LATEST_SOURCES = ("PAID_SEARCH", "EMAIL_MARKETING", "ORGANIC_SEARCH", "PAID_SOCIAL", "DIRECT_TRAFFIC")
"""What brings people back who are known already."""
LEAD_SOURCES = ("Web", "Phone Inquiry", "Partner Referral", "Purchased List", "Other")


def employee_range(employees: int) -> str:
    """HubSpot's range for a head count; the ranges share their edges, the lower one is taken."""
    edges = ((5, "1-5"), (25, "5-25"), (50, "25-50"), (100, "50-100"), (500, "100-500"), (1000, "500-1000"))
    return next((label for most, label in edges if employees <= most), "1000+")
