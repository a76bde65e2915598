"""Words for invented tables: what rows and columns are called, their values, and questions."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

MakeValue = Callable[[random.Random], str]

KEYS = {
    "place": "Station,Lighthouse,Village,Mill,Bridge,School,Harbour,Reservoir,Museum,Branch,Garden",
    "person": "Employee,Student,Member,Player,Candidate,Volunteer,Name,Patient",
    "thing": "Product,Machine,Tool,Model,Device,Vehicle,Item,Instrument",
    "title": "Film,Book,Course,Project,Song,Exhibition,Play,Workshop",
    "ship": "Ship,Boat,Ferry,Locomotive",
    "code": "Server,Room,Ticket,Sample,Order,Flight",
}
"""Names of the first column, by what the rows are."""
FIRST_NAMES = (
    "Hugh Ada Tomas Irene Paul Mina Oskar Lena Ravi Sofia Emil Grace Yusuf Clara Jonas Nadia Peter"
    " Wanda Felix Ingrid Omar Ruth Viktor Alma Simon Beata Dario Esther Kofi Marta Leo Priya Anton"
).split()
LAST_NAMES = (
    "Starr Brook Marsh Finch Lake Reed Stone Okafor Lindqvist Moreau Hale Petrov Ibarra Whitcombe"
    " Novak Adeyemi Castell Rhodes Tanaka Varga Ellery Brandt Osei Quill Sandoval Thorne Ueda Wolfe"
    " Farrow Kaminski Dunmore Abara"
).split()
FIRST_PARTS = (
    "Nether Kelms Ash Thorn Wold Bram Hazel Lang Stan West Har Cold Marl Fen Ravens Oak Hollow Dun"
    " Elder Grim Kirk Lin Mose Over Pen Roth Sal Tarn Ulls Wyn"
).split()
LAST_PARTS = "by cot ton ford ham wick ley mere bridge gate stead well combe haven moor".split()
ADJECTIVES = "Quiet Red Last Hidden Silver Long Northern Broken Early Distant Second Golden".split()
NOUNS = "Orchard River Letter Harbour Winter Garden Mirror Signal Wren Heron Lantern Bell".split()
BRANDS = "Arvel Corda Denvo Helix Ketta Lumo Mistral Norvik Orbis Pellan Quanta Tessel".split()
MONTHS = (
    "January February March April May June July August September October November December"
).split()
HEADINGS = (
    "List of {key}s", "All {key}s", "{key}s", "Register", "Overview of the {key}s", "Data sheet",
    "{key} list 2023", "Appendix", "Inventory",
)  # fmt: skip
"""What a table is called."""


def person(rng: random.Random) -> str:
    """Return the name of a person."""
    middle = f" {rng.choice('ABCDEFGHJKLMNPRSTW')}." if rng.random() < 0.1 else ""
    return f"{rng.choice(FIRST_NAMES)}{middle} {rng.choice(LAST_NAMES)}"


def town(rng: random.Random) -> str:
    """Return the name of a place."""
    before = rng.choice(["Upper ", "Great ", "East ", "Port "]) if rng.random() < 0.15 else ""
    return before + rng.choice(FIRST_PARTS) + rng.choice(LAST_PARTS)


def name_of(kind: str, rng: random.Random) -> str:
    """Return the name of a row. kind: a key of KEYS."""
    if kind == "place":
        return town(rng)
    if kind == "person":
        return person(rng)
    if kind == "thing":
        return f"{rng.choice(BRANDS)} {rng.choice(['', 'X', 'S', 'Mk '])}{rng.randint(1, 90) * 10}"
    if kind == "code":
        return (
            f"{rng.choice('ABCDEFGHKLMNPRSTVW')}{rng.choice(['', '-', '0'])}{rng.randint(1, 999)}"
        )
    if kind == "ship":
        return f"{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}"
    return f"{rng.choice(['The ', ''])}{rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a table may have."""

    name: str
    maker: Callable[[random.Random], MakeValue]
    """Returns for a table what makes the values: all of them have the same unit or format."""
    questions: tuple[str, ...]
    """With the fields {row} and {name}, which is the column's name in lower case."""
    reversed: tuple[str, ...]
    """Questions for the row, with the fields {key}, {value} and {name}."""
    only_one: str = ""
    """A table has at most one column with the same word here: some questions fit all of them."""


GENERIC = ("What is the {name} of {row}?", "{row} {name}", "What is {row}'s {name}?")
HAS = ("Which {key} has the {name} {value}?", "Which {key} has {value} as its {name}?")
WHO = (
    "Who is the {name} of {row}?", "Who was the {name} of {row}?", "Who is {row}'s {name}?",
    "What is the name of the {name} of {row}?", "{row} {name}", "Who is the {name} at {row}?",
)  # fmt: skip
WHO_REVERSED = ("Whose {name} is {value}?", "Which {key} has {value} as {name}?")
WHEN = (
    "When was {row} {name}?", "In which year was {row} {name}?", "What year was {row} {name}?",
    "{row} {name} when?", "In what year was {row} {name}?",
)  # fmt: skip
WHEN_REVERSED = ("Which {key} was {name} in {value}?", "What was {name} in {value}?")
DATES = ("When is the {name} of {row}?", "On what date is the {name} of {row}?", *GENERIC)
WHERE = ("Where is {row}?", "In which {name} is {row}?", "Which {name} is {row} in?", *GENERIC)
WHERE_REVERSED = ("Which {key} is in {value}?", "What {key} is located in {value}?")
WHICH = ("What {name} is {row}?", "Which {name} does {row} have?", *GENERIC)


def _years(rng: random.Random) -> MakeValue:
    low = rng.randint(1780, 1990)
    return lambda each: str(each.randint(low, low + 34))


def _dates(rng: random.Random) -> MakeValue:
    forms = "{day} {month} {year}", "{month} {day}, {year}", "{year}-{number:02}-{day:02}"
    form = rng.choice(forms)

    def make(each: random.Random) -> str:
        number = each.randint(1, 12)
        day, year = each.randint(1, 28), each.randint(1990, 2026)
        return form.format(day=day, month=MONTHS[number - 1], year=year, number=number)

    return make


def _amounts(low: int, high: int, units: Sequence[str]) -> Callable[[random.Random], MakeValue]:
    """Return a maker of numbers with a unit: "#" stands for the number."""

    def maker(rng: random.Random) -> MakeValue:
        unit, decimals = rng.choice(list(units)), rng.random() < 0.2
        top = rng.randint(low + (high - low) // 4, high)

        def make(each: random.Random) -> str:
            number = each.randint(low, top)
            text = f"{number + each.random():.1f}" if decimals else f"{number:,}"
            return unit.replace("#", text)

        return make

    return maker


def _choices(words: str) -> Callable[[random.Random], MakeValue]:
    options = words.split(",")
    return lambda _: lambda each: each.choice(options)


def _codes(rng: random.Random) -> MakeValue:
    form = rng.choice(["{a}-{n}", "{a}{b}{n}", "{n}{a}", "{a}.{n}.{m}", "{n}-{m}"])
    return lambda each: form.format(
        a=each.choice("ABCDEFGHKMPRSTX"), b=each.choice("ABCDEFGHKMPRSTX"),
        n=each.randint(10, 999), m=each.randint(0, 99),
    )  # fmt: skip


def _persons(_: random.Random) -> MakeValue:
    return person


def _towns(_: random.Random) -> MakeValue:
    return town


def _columns() -> list[Column]:
    verbs = {
        "Keeper": "kept", "Owner": "owns", "Founder": "founded", "Architect": "designed",
        "Manager": "manages", "Director": "directs", "Author": "wrote", "Inspector": "inspected",
    }  # fmt: skip
    others = "Captain,Teacher,Curator,Coach,Editor,Contact,Guide,Engineer,Secretary,Supplier"
    found = [
        Column(name, _persons, (*WHO, f"Who {verb} {{row}}?"), WHO_REVERSED)
        for name, verb in verbs.items()
    ]
    found += [Column(name, _persons, WHO, WHO_REVERSED) for name in others.split(",")]
    years = "Opened,Built,Founded,Closed,Launched,Published,Renovated,Established,Sold,Registered"
    found += [Column(name, _years, WHEN, WHEN_REVERSED) for name in years.split(",")]
    dates = "Deadline,Start date,Delivery date,Inspection date,Departure,Arrival,Review date"
    found += [Column(name, _dates, DATES, HAS) for name in dates.split(",")]
    places = "Town,Region,Location,City,District,County"
    found += [Column(name, _towns, WHERE, WHERE_REVERSED, "where") for name in places.split(",")]
    amounts: list[tuple[str, str, int, int, Sequence[str]]] = [
        ("Height", "How tall is {row}?", 5, 400, ["# m", "# ft", "# metres"]),
        ("Length", "How long is {row}?", 3, 900, ["# m", "# km", "# cm"]),
        ("Weight", "How heavy is {row}?", 2, 800, ["# kg", "# g", "# tons", "# lb"]),
        ("Depth", "How deep is {row}?", 1, 90, ["# m", "# cm"]),
        ("Width", "How wide is {row}?", 1, 90, ["# m", "# mm", "# inches"]),
        ("Price", "How much does {row} cost?", 1, 4000, ["€#", "$#", "£#", "# crowns"]),
        ("Fee", "How high is the fee of {row}?", 1, 300, ["€#", "$#", "# euros"]),
        ("Capacity", "How much does {row} hold?", 10, 9000, ["# litres", "#", "# seats"]),
        ("Population", "How many people live in {row}?", 90, 90000, ["#"]),
        ("Visitors", "How many visitors does {row} have?", 90, 90000, ["#", "# a year"]),
        ("Rooms", "How many rooms does {row} have?", 2, 300, ["#"]),
        ("Speed", "How fast is {row}?", 8, 400, ["# km/h", "# knots", "# mph"]),
        ("Power", "How much power does {row} have?", 10, 5000, ["# W", "# kW", "# hp"]),
        ("Duration", "How long does {row} take?", 1, 90, ["# days", "# hours", "# min", "# weeks"]),
        ("Score", "How many points does {row} have?", 1, 100, ["#", "# points", "#%"]),
    ]
    found += [
        Column(name, _amounts(low, high, units), (question, *GENERIC), HAS, "how long"
               if question.startswith("How long") else "")
        for name, question, low, high, units in amounts
    ]  # fmt: skip
    choices = {
        "Colour": "red,green,blue,grey,white,black,yellow,brown,orange",
        "Material": "stone,steel,oak,brick,copper,glass,concrete,aluminium",
        "Status": "open,closed,in repair,planned,sold,on loan,active,retired",
        "Type": "public,private,seasonal,mobile,fixed,mixed",
        "Shape": "round,square,hexagonal,oval,flat",
        "Language": "English,French,Polish,Arabic,Danish,Hindi,Swahili",
        "Fuel": "coal,diesel,oil,gas,wood,electric",
    }
    found += [Column(name, _choices(words), WHICH, HAS) for name, words in choices.items()]
    codes = "Code,Model number,Serial number,Phone,Version,Shelf,Licence,Platform"
    found += [Column(name, _codes, GENERIC, HAS) for name in codes.split(",")]
    return found


COLUMNS = tuple(_columns())
