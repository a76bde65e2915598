"""English words whose forms have no stem in common, such as write, wrote and written."""

from __future__ import annotations

_IRREGULAR = """
arise arose arisen, awake awoke awoken, bear bore borne born, beat beaten, become became,
begin began begun, bend bent, bet betted, bind bound, bite bit bitten, bleed bled, blow blew blown,
break broke broken, breed bred, bring brought, build built, burn burnt, buy bought,
catch caught, choose chose chosen, cling clung, come came, creep crept, deal dealt, dig dug,
do does did done, draw drew drawn, dream dreamt, drink drank drunk, drive drove driven,
eat ate eaten, fall fell fallen, feed fed, feel felt, fight fought, find found, flee fled,
fling flung, fly flew flown, forbid forbade forbidden, forget forgot forgotten, forgive forgave
forgiven, freeze froze frozen, get got gotten, give gave given, go went gone, grind ground,
grow grew grown, hang hung, have has had, hear heard, hide hid hidden, hold held, keep kept,
kneel knelt, know knew known, lay laid, lead led, lean leant, leap leapt, learn learnt, leave left,
lend lent, lie lay lain, light lit, lose lost, make made, mean meant, meet met, mow mown,
overcome overcame, pay paid, prove proven, ride rode ridden, ring rang rung, rise rose risen,
run ran, say said, see saw seen, seek sought, sell sold, send sent, sew sewn, shake shook shaken,
shear shorn, shine shone, shoot shot, show shown, shrink shrank shrunk, sing sang sung,
sink sank sunk, sit sat, sleep slept, slide slid, sling slung, smell smelt, sow sown,
speak spoke spoken, speed sped, spell spelt, spend spent, spill spilt, spin spun, spit spat,
spoil spoilt, spring sprang sprung, stand stood, steal stole stolen, stick stuck, sting stung,
stink stank stunk, stride strode, strike struck stricken, strive strove striven, swear swore sworn,
sweep swept, swell swollen, swim swam swum, swing swung, take took taken, teach taught, tear tore
torn, tell told, think thought, throw threw thrown, tread trod trodden, undergo underwent undergone,
understand understood, undertake undertook undertaken, wake woke woken, wear wore worn,
weave wove woven, weep wept, win won, wind wound, withdraw withdrew withdrawn, write wrote written,
man men, woman women, child children, foot feet, tooth teeth, goose geese, mouse mice, louse lice,
ox oxen, person people, penny pence, die dice, wife wives, knife knives, life lives, leaf leaves,
loaf loaves, half halves, calf calves, shelf shelves, thief thieves, wolf wolves, self selves,
crisis crises, analysis analyses, basis bases, thesis theses, axis axes, index indices,
appendix appendices, matrix matrices, criterion criteria, phenomenon phenomena, datum data,
medium media, bacterium bacteria, fungus fungi, nucleus nuclei, radius radii, alumnus alumni
"""
_FORMS: dict[str, frozenset[str]] = {}
for _group in _IRREGULAR.replace("\n", " ").split(","):
    for _word in _group.split():
        _FORMS[_word] = _FORMS.get(_word, frozenset()) | frozenset(_group.split())


def forms_of(word: str) -> list[str]:
    """Return the other irregular forms of an English word, sorted; empty for a regular one.

    Regular endings need no list: the word index finds a word with any of them.
    """
    lower = word.lower()
    forms = _FORMS.get(lower) or _FORMS.get(lower.removesuffix("s")) or frozenset()
    return sorted(forms - {lower})
