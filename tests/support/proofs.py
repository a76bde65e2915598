"""Texts whose structure answers questions, and questions that they answer or only seem to.

An empty list of answers: the text does not answer. Invented for these tests.
"""

from __future__ import annotations

TEXTS = {
    "faq.md": """\
# Harbour Museum: frequent questions

## How much is a ticket?

A ticket costs 9 crowns. Children under six pay nothing.

## When does the museum close?

At half past five, and at nine on Thursdays. The ticket desk closes earlier.

## Can I bring my dog?

No. Only guide dogs are allowed.

## Who pays for the guided tours?

The Friends of the Harbour. They have done so since 1998.

## How do I book a school visit?

- Choose a day in the calendar.
- Write to the office.
- Bring a list of names.

## How do I turn off the audio guide?

Hold the red button for three seconds.

## What is not included in the ticket?

The steam launch.

## Where can visitors park?

## Is there a cloakroom?

Yes, in the cellar.
""",
    "safety.md": """\
# Small boats

What is the most frequent cause of capsizing? Standing up too quickly. It happens most often at the
jetty. What should every sailor wear on deck? A life jacket with a light.

Who drew the first chart of the bay? Who but old Captain Orr! And who paid for it? Nobody knows.

The only question is this: what kind of rope holds in ice? Certainly not hemp. Anna Lind uses
nylon.

Which lamp did the pilot carry? Was it the green one?

Who beat Orr in the race of 1871? Matti Koski.
""",
    "glossary.md": """\
# Words of the harbour

BOLLARD, n. A post that waits for a rope. It never complains.

FENDER, n. A cushion between two hard opinions.

The chandler sells a Finnish knife called puukko.

TO HEAVE, v.t. To pull as others watch.

- **Painter**: the rope at the bow of a small boat
- **Bight** – a bend in a rope or in a coast
- Ebb tide: the outgoing tide

Freeboard (FB): the height of the deck above the water.

Pilot: see page 4.

All boats carry an automatic identification system (AIS). The HBC (Harbour Board of Commerce) meets
in May. The lamp (RNL) is red, and the Society of Ropes and Knots (SRK) is old.
""",
    "kestrel.md": """\
---
author: Mara Lind
date: 2024-03-07
license: MIT License
---
# Kestrel

Kestrel is an open-source photo tagger that runs without a network. It was begun in Turku.

Kestrels are birds of prey. The kestrel logo is a bit crooked.

Size: 4.2 MB
Platform: Linux, Windows
Written in: Rust
Initial release: 3 May 2019
Stable release: 2.4.1
Maintainer: Juho Ek

## Plans

| Plan | Price | Users |
|---|---|---|
| Hobby | free | 1 |
| Studio | 12 euros a month | 5 |
| Studio Plus | 20 euros a month | 25 |

Sidecars are small text files that hold the tags of a photo. A tag is a word.
""",
    "grants.md": """\
# Heating grants

## The winter grant

If your home has a stove, you may get a winter grant. The highest amount is:

- 210 crowns if you live alone
- 340 crowns if you live with one child
- 415 crowns if you live with two children
- 480 crowns if you live with three or more children

The office is closed on Fridays.

The tower is 30 metres high, and the mast of the tower is 12 metres high. Of the money, 60 percent
was spent as wages, 25 percent as rent, and 15 percent as tax.

Attach Form C to any claim for firewood. Wet wood needs no form.

The survey used the Lindqvist scale for damp. A short history was printed in 1931 under the title
Cold Rooms, which nobody read.

Others have measured it (Aho et al., 2019; Berg and Lund, 2021). Later work (Aho, 2020) differs, as
Berg (2018) knew.
""",
}

QUESTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("faq.md", "How much is a ticket?", ("9 crowns", "A ticket costs 9 crowns.")),
    ("faq.md", "When does the museum close?", ("At half past five, and at nine on Thursdays.",)),
    ("faq.md", "Can I bring my dog?", ("No.", "No. Only guide dogs are allowed.")),
    ("faq.md", "Who pays for the guided tours?", ("The Friends of the Harbour.",)),
    ("faq.md", "Who pays for guided tours of the museum?", ("The Friends of the Harbour.",)),
    (
        "faq.md",
        "How do I book a school visit?",
        ("Choose a day in the calendar.", "Write to the office."),
    ),
    ("faq.md", "How can I book a school visit?", ("Choose a day in the calendar.",)),
    ("faq.md", "How do I turn off the audio guide?", ("Hold the red button for three seconds.",)),
    ("faq.md", "What is not included in the ticket?", ("The steam launch.",)),
    ("faq.md", "Is there a cloakroom?", ("Yes, in the cellar.",)),
    ("faq.md", "How much is a ticket for a dog?", ()),
    ("faq.md", "When does the museum open?", ()),
    ("faq.md", "When does the cloakroom close?", ()),
    ("faq.md", "Who pays for the steam launch?", ()),
    ("faq.md", "Why does the museum close?", ()),
    ("faq.md", "How do I turn on the audio guide?", ()),
    ("faq.md", "How do I turn up the audio guide?", ()),
    ("faq.md", "Where can visitors park?", ()),
    ("faq.md", "How do I cancel a school visit?", ()),
    (
        "safety.md",
        "What is the most frequent cause of capsizing?",
        ("Standing up too quickly.", "Standing up too quickly"),
    ),
    ("safety.md", "What should every sailor wear on deck?", ("A life jacket with a light.",)),
    (
        "safety.md",
        "Who drew the first chart of the bay?",
        ("Who but old Captain Orr!", "old Captain Orr"),
    ),
    ("safety.md", "Who beat Orr in the race of 1871?", ("Matti Koski.",)),
    ("safety.md", "Who did Orr beat in the race of 1871?", ()),
    ("safety.md", "Who beat Orr in the race of 1872?", ()),
    ("safety.md", "Which lamp did the pilot carry?", ()),
    ("safety.md", "What should no sailor wear on deck?", ()),
    ("safety.md", "Who drew the second chart of the bay?", ()),
    ("safety.md", "Who drew the first chart of the river?", ()),
    ("glossary.md", "How is a bollard defined?", ("A post that waits for a rope.",)),
    ("glossary.md", "What is a fender?", ("A cushion between two hard opinions.",)),
    ("glossary.md", "What are fenders?", ("A cushion between two hard opinions.",)),
    ("glossary.md", "What does the word “painter” mean?", ("the rope at the bow of a small boat",)),
    ("glossary.md", "What is a bight?", ("a bend in a rope or in a coast",)),
    ("glossary.md", "Define ebb tide", ("the outgoing tide",)),
    ("glossary.md", "What is meant by freeboard?", ("the height of the deck above the water.",)),
    ("glossary.md", "What is a bollard rope?", ()),
    ("glossary.md", "What is a tide?", ()),
    ("glossary.md", "How is a rope defined?", ()),
    ("glossary.md", "What does jetty mean?", ()),
    ("glossary.md", "Who is the painter of the boat?", ()),
    ("glossary.md", "What is a puukko?", ("a Finnish knife",)),
    ("glossary.md", "What is a knife?", ()),
    ("glossary.md", "What does AIS stand for?", ("automatic identification system",)),
    ("glossary.md", "What does HBC stand for?", ("Harbour Board of Commerce",)),
    ("glossary.md", "What is SRK short for?", ("Society of Ropes and Knots",)),
    ("glossary.md", "What does RNL stand for?", ()),
    ("glossary.md", "What does FB stand for?", ()),
    ("glossary.md", "What does BHC stand for?", ()),
    ("kestrel.md", "What is Kestrel?", ("an open-source photo tagger",)),
    ("kestrel.md", "What are sidecars?", ("small text files",)),
    ("kestrel.md", "Under which license is Kestrel?", ("MIT License",)),
    ("kestrel.md", "Who is the author?", ("Mara Lind",)),
    ("kestrel.md", "Who wrote the article?", ("Mara Lind",)),
    ("kestrel.md", "When was it published?", ("2024-03-07",)),
    ("kestrel.md", "How big is Kestrel?", ("4.2 MB",)),
    ("kestrel.md", "In which language is Kestrel written?", ("Rust",)),
    ("kestrel.md", "In which languages is Kestrel written?", ("Rust",)),
    ("kestrel.md", "When was the initial release of Kestrel?", ("3 May 2019",)),
    ("kestrel.md", "What is the stable release of Kestrel?", ("2.4.1",)),
    ("kestrel.md", "Who is the maintainer of Kestrel?", ("Juho Ek",)),
    ("kestrel.md", "Who maintains Kestrel?", ("Juho Ek",)),
    ("kestrel.md", "What is the price of the Studio plan?", ("12 euros a month",)),
    ("kestrel.md", "How many users does Studio Plus have?", ("25",)),
    ("kestrel.md", "What is the price of the Gold plan?", ()),
    ("kestrel.md", "Who changed the license of Kestrel?", ()),
    ("kestrel.md", "Under which license is Osprey?", ()),
    ("kestrel.md", "Which platform does Kestrel not support?", ()),
    ("kestrel.md", "Who is the translator?", ()),
    ("kestrel.md", "When was Kestrel translated?", ()),
    ("kestrel.md", "What is the size of the Kestrel logo?", ()),
    ("kestrel.md", "What is the kestrel logo?", ()),
    ("grants.md", "How much is the winter grant if I live with one child?", ("340 crowns",)),
    ("grants.md", "What is the winter grant for those who live alone?", ("210 crowns",)),
    ("grants.md", "How much do people with two children get?", ("415 crowns",)),
    ("grants.md", "Which share of the money was spent as rent?", ("25 percent",)),
    ("grants.md", "What percentage of the money was spent as tax?", ("15 percent",)),
    ("grants.md", "How high is the mast of the tower?", ("12 metres",)),
    ("grants.md", "Which share of the money was spent as pensions?", ()),
    ("grants.md", "How high is the chimney of the tower?", ()),
    ("grants.md", "How much is the winter grant if I live with four children?", ()),
    ("grants.md", "Which form must be attached to a claim for firewood?", ("Form C",)),
    ("grants.md", "Which scale did the survey use for damp?", ("the Lindqvist scale", "Lindqvist")),
    ("grants.md", "Under which title was a short history printed in 1931?", ("Cold Rooms",)),
    ("grants.md", "In which year was Aho et al. published?", ("2019",)),
    ("grants.md", "When was Berg and Lund published?", ("2021",)),
    ("grants.md", "In which year was Berg published?", ("2018",)),
    ("grants.md", "In which year was Lund published?", ()),
    ("grants.md", "How much is the winter grant if I live with a dog?", ()),
    ("grants.md", "How much is the summer grant if I live with one child?", ()),
    ("grants.md", "Which form must be attached to a claim for wet wood?", ()),
    ("grants.md", "Which scale did the survey use for noise?", ()),
    ("grants.md", "Under which title was a short history printed in 1932?", ()),
    ("grants.md", "In which year was Lund et al. published?", ()),
    ("grants.md", "In which year did Aho et al. die?", ()),
)
"""Name of the text, question, and answers, any of which is right."""
