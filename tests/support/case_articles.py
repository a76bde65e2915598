"""Small articles of the kinds that a reader of prose alone gets wrong, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from unicodedata import normalize

Files = Mapping[str, str | bytes]
"""Contents by the path of the file."""
TALE = ", and so it says in the parish book, which has much to tell about tithes, bells and floods"
STORY = (
    "We were on the river for three weeks with two children and a dog, and it rained so often that "
    "we read every board and talked to everybody who came along the path in their rubber boots. "
)
LIFTS = (
    "| Lift | Opened | Engineer | Length (m) | Cabins | Closed |\n|---|---|---|---|---|---|\n"
    "| Adlerkopf | 1931 | Sepp Rainer | 1480 | 24 | 1988 |\n"
    "| Blauspitz | 1954 | Vroni Haas | 920 | 12 | 2003 |\n"
    "| Corner Ridge | 1948 | Tom Avery | 1105 | 18 | 1979 |\n"
    "| Dohlenstein | 1962 | Lois Kern | 760 | 10 | 2011 |\n"
    "| Eagle Step | 1939 | Ruth Penn | 1340 | 22 | 1991 |\n"
    "| Fuchsloch | 1957 | Hias Moser | 640 | 8 | 1996 |\n"
    "| Grat Nord | 1970 | Ida Bruck | 1890 | 40 | 2015 |\n"
    "| High Meadow | 1951 | Sam Otley | 870 | 14 | 1984 |\n"
    "| Iron Gap | 1966 | Nell Cray | 1230 | 20 | 2008 |\n"
    "| Jochalm | 1944 | Resi Thaler | 990 | 16 | 1982 |\n"
)
ARTICLES: dict[str, Files] = {
    "names": {
        "Wilma Tarn.md": "Born in 1866 in Aldis. Taught the deaf for forty years. Never married.\n",
        "Arvid Holt.md": "Born in 1859 in Prenn. Drove the mail coach. Lost it at cards in 1890.\n",
        "Selma Birk.md": "Born in 1871 in Osmund. Kept the toll gate. Died in 1938 of pneumonia.\n",
    },
    "encodings": {
        "utf8.txt": "The façade of the theatre in Nîmes was paid for by Agnès Hébert in 1872.\n",
        "cp1252.txt": "The theatre of Málaga was paid for by Íñigo Muñoz in 1880.\n".encode(
            "cp1252"
        ),
    },
    "tables": {"lifts.md": f"# Lifts of the range\n\n{LIFTS}"},
    "headings": {
        "hostel.md": "# Hostel\n\n## Summer\n\n### Breakfast\n\nFrom half past six.\n\n### Sauna\n"
        "\nClosed for repairs.\n\n## Winter\n\n### Breakfast\n\nFrom eight o'clock.\n\n"
        "### Sauna\n\nHeated on Tuesdays.\n",
        "versions.md": "# Changes of Linnet\n\n## 7.1 (2032-04-02)\n\n### Fixed\n\n"
        "- Maps open at the right scale.\n\n### Removed\n\n- The talking clock.\n\n"
        "## 7.0 (2031-10-30)\n\n### Fixed\n\n- Pens keep their colour.\n\n### Removed\n\n"
        "- Support for plotters.\n",
    },
    "hyphens": {
        "society.txt": "The reading society had its rooms above the apothe-\ncary in Wick Street, "
        "and its libra-\nrian was Cornelius Frey, a retired glazier. The presi-\ndent at that time "
        "was Dorothea Lunt, and the sub-\nscription came to nine shillings a year.\n"
    },
    "records": {
        "crew.txt": "Gannet   skipper 1904   Rolf Edel\nTern     skipper 1911   Mats Oring\n"
        "Plover   skipper 1899   Jens Kruse\n",
        "chat.txt": "03/07/2032, 19:02 - Lotte: Where is the trailer?\n"
        "03/07/2032, 19:05 - Finn: At the quarry, I need it until Sunday\n"
        "03/07/2032, 19:06 - Lotte: Fine\n03/07/2032, 21:40 - Mia: I lent the drill to Oskar\n"
        "04/07/2032, 08:11 - Finn: When?\n",
        "tariffs.md": "|            | Tariff Wren | Tariff Crane |\n|------------|-------------|---"
        "-----------|\n| Monthly fee | 4.90       | 19.50        |\n| Storage    | 20 GB       | "
        "750 GB       |\n",
    },
    "subtitles": {
        "quarry.srt": "1\n00:00:05,000 --> 00:00:08,100\nThe quarry was opened by Gerda\n\n"
        "2\n00:00:08,100 --> 00:00:11,700\nLindqvist in the summer of\n\n"
        "3\n00:00:11,700 --> 00:00:15,000\n1868. Why was it closed? That is\n\n"
        "4\n00:00:15,000 --> 00:00:18,400\nnot known, but its crane went to\n\n"
        "5\n00:00:18,400 --> 00:00:21,000\nthe shipyard in Brodby.\n"
    },
    "pages": {
        "statutes.txt": "Statutes of the Ferry Guild                          Anno 1740\n\n\n"
        "   The ferryman shall ring before he casts off. Whoever jumps aboard after the\n"
        "   bell owes the guild a fine of\n\n\n                                   [2]\n\f"
        "Statutes of the Ferry Guild                          Anno 1740\n\n\n"
        "   three groats and a candle. In times of ice the ferry is kept by the widow\n"
        "   of the eldest brother, at this time Apol-\n\n\n"
        "                                   [3]\n\f"
        "Statutes of the Ferry Guild                          Anno 1740\n\n\n"
        "   lonia Reuter, who has the key to the chain.\n\n\n"
        "                                   [4]\n"
    },
    "accents": {
        "a.txt": "The château of Sélestat was founded in 1613 by a tanner.\n",
        "b.txt": normalize("NFD", "The school of Vézère was founded in 1788 by Zélie Brûlé.\n"),
    },
    "missing words": {
        "bell.txt": "The bell does not ring in frost because the rope is stiff. Its tower leans.\n"
        "The ferry of Đắk Lắk runs at noon.\n"
    },
    "code": {
        "options.md": "The option `idleTimeout` is 75 seconds. The class XMLFeedReader keeps nine "
        "sockets open.\n\nThe function merge_open_orders runs at noon.\n"
    },
    "titles": {
        "folded.md": "---\ntitle: >-\n  The ropewalk\n  of Nether Quay\n---\n\nIt opened in 1651.",
        "quoted.md": '---\ntitle: "Dock \\"C\\"" # draft\n---\n\nThe dock was flooded in 1652.\n',
        "comment.md": "<!--\n# Remove this line\n-->\n\n# The smithy\n\nIts forge burned in 1653.",
        "The toll gate.md": "The gate fell in 1654.\n\n### See also\n\nThe road book.\n",
    },
    "underlined": {
        "parish.md": f"Parish\n======\n\nThe pound\n---------\n\nThe pound was kept by Ned Ivory "
        f"beside the green{TALE}{TALE}{TALE}.\n\nThe forge\n---------\n\nThe forge was run by "
        f"Aaron Steel for a century{TALE}{TALE}.\n\nThe well\n--------\n\nIt was dug in 1702.\n"
    },
    "long questions": {
        "tower.txt": "The water tower of Helmstad was designed in 1908 by the engineer Greta "
        "Solvang. It holds 450 cubic metres.\n"
    },
    "mail": {
        "quoted.eml": "From: Britt <britt@example.org>\nTo: all@example.org\nSubject: Sail\n"
        'MIME-Version: 1.0\nContent-Type: text/plain; charset="utf-8"\n'
        "Content-Transfer-Encoding: quoted-printable\n\nThe torn sail was sewn by S=C3=B8ren M=C3="
        "BCnch, and=\n the new one cost seven hundred crowns.\n",
        "base64.eml": "From: Britt <britt@example.org>\nTo: all@example.org\nSubject: Buoy\n"
        'MIME-Version: 1.0\nContent-Type: text/plain; charset="utf-8"\n'
        "Content-Transfer-Encoding: base64\n\n"
        "VGhlIGJ1b3kgd2FzIHBhaW50ZWQgYnkgS251dCBGYWxrIG9uIFR1ZXNkYXkuCg==\n",
    },
    "ends": {
        "lab.md": "# The laboratory\n\n- City: Springfield, U.S.A.\n- Website: "
        "<https://lab.example/about?v=2.1>\n- Manual: `/opt/lab/manual_v3.2.pdf`\n"
        "- Dose: .25 mg\n- Members: more than 1,250\n- Key: with [[People/Ewa Blom|Ewa]]\n"
    },
    "comments": {
        "inn.md": "# Inn\n\nThe inn was built in 1740.\n\n<!-- wrong: The inn was sold in 1990 to "
        "a brewer. -->\n",
        "ferry.tex": "The ferry was built in 1801 by Klaas Bol.\n% The ferry was sunk in 1969.\n",
    },
}


def write_articles(folder: Path, kind: str) -> Path:
    """Write the articles of a kind, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in ARTICLES[kind].items():
        (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder
