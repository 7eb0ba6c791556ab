"""Words for what people are like, and what each means: a trait and which end of it, a state, a fact.

Every phrase is one that people use of others ("gives up quickly", "goes by reviews"), beside the two ends that
`personas.traits` gives each trait. A phrase of two meanings is left out, so that it is told as not understood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from personas.traits import BEHAVIOURAL
from recommenders.features import stem

Phrase = tuple[str, ...]
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_SAME = {
    "his": "their", "her": "their", "my": "their", "your": "their", "our": "their", "its": "their", "the": "their",
    "he": "they", "she": "they", "i": "they", "we": "they", "you": "they", "who": "they",
    "does": "do", "has": "have", "isnt": "not", "arent": "not", "wasnt": "not", "doesnt": "dont", "didnt": "dont",
    "did": "do", "cannot": "cant", "can't": "cant", "trusting": "trust",
}  # fmt: skip
"""Words that stand for each other in a phrase."""


def normal(word: str) -> str:
    """A word as phrases hold it: case-folded, singular, persons and articles made equal."""
    plain = word.replace("\u2019", "'").replace("'", "").casefold()
    return stem(_SAME.get(plain, plain))


def words_of(text: str) -> list[tuple[int, int, str]]:
    """Start, end and normal form of each word of a text."""
    return [(found.start(), found.end(), normal(found[0])) for found in _WORD.finditer(text)]


def _phrases(text: str) -> list[Phrase]:
    return [tuple(word for _, _, word in words_of(one)) for one in text.split("|")]


_ENDS: Mapping[str, tuple[str, str]] = {
    "patience": (
        "impatient|no patience|little patience|short attention span|gives up easily|gives up fast|restless",
        "patient|takes time|never gives up|a lot of patience|persistent|unhurried",
    ),
    "pickiness": (
        "easy to please|easygoing|easy going|undemanding|uncritical|not hard to please",
        "picky|choosy|fussy|demanding|discerning|critical|high standards|hard to satisfy",
    ),
    "conformity": (
        "goes her own way|goes own way|ignores what others like|doesn't care what others like|"
        "nonconformist|contrarian|individualist|independent minded",
        "follows the crowd|goes with the flow|follows trends|conformist|trendy|does what everybody does|"
        "does what everyone does|likes what everybody likes|likes what everyone likes",
    ),
    "novelty_seeking": (
        "set in her ways|set in their ways|creature of habit|creatures of habit|unadventurous|incurious|"
        "sticks to the familiar|sticks to what they knows|sticks to what he knows|sticks to what I know",
        "curious|adventurous|explorer|open to new things|likes new things|loves new things|tries new things|"
        "likes to try new things|loves to discover|likes to discover|loves surprises|likes surprises|drawn to novelty",
    ),
    "diversity": (
        "never tires of the same|likes more of the same|loves more of the same|watches the same things again",
        "loves variety|likes variety|needs variety|easily bored|bored easily|gets bored easily|gets bored quickly|"
        "gets bored fast",
    ),
    "impulsivity": (
        "deliberate|thoughtful|cautious|careful|considered|thinks twice|thinks before they clicks",
        "impulsive|spontaneous|rash|hasty|acts on impulse|clicks first|clicks on everything|trigger happy",
    ),
    "position_habit": (
        "scrolls to the end|scrolls to the bottom|reads to the end|thorough|scrolls a lot|scrolls far",
        "takes the first|never scrolls|hardly scrolls|rarely scrolls|lazy|looks only at the first|"
        "only looks at the first|picks the first thing",
    ),
    "price_sensitivity": (
        "money is no object|rich|wealthy|well off|does not care about the price|does not care about prices|"
        "does not look at the price",
        "thrifty|frugal|stingy|cheapskate|on a budget|tight budget|short of money|broke|bargain hunter|price conscious|"
        "price sensitive|counts every penny|minds prices|watches the price|cares about the price|"
        "cares about prices|looks at the price",
    ),
    "trust_in_reviews": (
        "ignores reviews|distrusts reviews|does not care about reviews|doesn't care about reviews|"
        "ignores critics|doesn't care about critics|doesn't trust reviews|doesn't read reviews|"
        "does not trust reviews|does not read reviews|never reads reviews|"
        "does not believe reviews|trusts no reviews",
        "goes by reviews|trusts reviews|reads reviews|reads all reviews|relies on reviews|believes reviews|"
        "listens to reviews|checks reviews",
    ),
    "trust_in_popularity": (
        "distrusts hype|ignores hype|distrusts bestsellers|ignores the charts",
        "goes by popularity|trusts bestsellers|goes by the charts|follows the charts|watches what many watch|"
        "takes what everybody takes|takes what everyone takes",
    ),
    "headline_susceptibility": (
        "ignores headlines|immune to clickbait|distrusts headlines",
        "falls for headlines|falls for clickbait|loves clickbait|gullible|clicks on headlines",
    ),
    "thumbnail_susceptibility": (
        "ignores pictures|ignores thumbnails|ignores covers",
        "falls for pictures|falls for thumbnails|falls for covers|judges by the cover|judges a book by its cover|"
        "goes by the cover|goes by the picture|clicks on pictures",
    ),
    "openness": ("closed minded|narrow minded|down to earth", "open minded|imaginative|creative|artistic"),
    "conscientiousness": (
        "disorganised|disorganized|chaotic|messy|careless",
        "conscientious|organised|organized|orderly|disciplined|dutiful|diligent",
    ),
    "extraversion": (
        "introverted|introvert|shy|quiet|reserved|solitary",
        "extraverted|extroverted|extravert|extrovert|outgoing|sociable|talkative|chatty",
    ),
    "agreeableness": (
        "disagreeable|grumpy|quarrelsome|cold hearted|cynical",
        "agreeable|kind|friendly|warm hearted|gentle|caring|helpful",
    ),
    "neuroticism": (
        "calm|relaxed|stable|serene|easy tempered",
        "anxious|neurotic|nervous|moody|worried|worries a lot",
    ),
}  # fmt: skip
"""By trait: phrases of its low end and of its high end."""
TRAITS: Mapping[Phrase, tuple[str, int]] = {
    **{
        phrase: (trait.name, sign)
        for trait in BEHAVIOURAL
        if trait.name != "activity"
        for sign, text in ((-1, trait.low), (1, trait.high))
        for phrase in _phrases(text)
    },
    **{
        phrase: (name, sign)
        for name, ends in _ENDS.items()
        for sign, text in zip((-1, 1), ends, strict=True)
        for phrase in _phrases(text)
    },
}
"""By phrase: the trait, and 1 for its high end, -1 for its low end."""
MORE: Mapping[Phrase, float] = {
    phrase: value
    for value, text in (
        (0.98, "extremely|incredibly|unbelievably|awfully|terribly|utterly"),
        (0.95, "very|really|highly|so|super|most"),
        (0.85, "rather|quite|pretty"),
        (0.7, "a bit|a little|somewhat|slightly|fairly|moderately|kind of|sort of"),
    )
    for phrase in _phrases(text)
}
"""What a word of degree makes of the percentile. Assumed, as is `PLAIN`."""
PLAIN = 0.85
"""Percentile of who is called patient and no more: about one person in seven is so patient."""
DENIED = 0.25
"""Percentile of who is "not patient", which says less than "impatient"."""
PLAINLY_DENIED = 0.08
"""Percentile of who is "not patient at all"."""
NOT = frozenset(normal(word) for word in ("not", "never", "dont", "isn't", "hardly", "no"))

STATES: Mapping[Phrase, tuple[str, float]] = {
    phrase: meant
    for meant, text in (
        (("fatigue", 0.8), "exhausted|dead tired|dog tired|burnt out|burned out"),
        (("fatigue", 0.5), "tired|sleepy|weary|worn out|sleep deprived"),
        (("fatigue", 0.0), "rested|well rested|wide awake"),
        (("mood", -0.7), "miserable|depressed|heartbroken|desperate"),
        (("mood", -0.4), "sad|unhappy|gloomy|lonely|stressed|angry|annoyed|in a bad mood|in low spirits|bad tempered"),
        (("mood", 0.4), "happy|cheerful|glad|in a good mood|in high spirits|good tempered|content"),
        (("mood", 0.7), "overjoyed|ecstatic|delighted"),
    )
    for phrase in _phrases(text)
}
"""How somebody is on the first visit: fatigue in [0, 1), mood in [-1, 1]. The numbers are assumed."""
GENDERS: Mapping[Phrase, str] = {
    phrase: gender
    for gender, text in (
        (
            "female",
            "woman|women|girl|lady|female|mother|mum|mom|grandmother|granny|wife|widow|daughter|sister|aunt|waitress|"
            "actress|housewife",
        ),
        ("male", "man|men|boy|gentleman|guy|male|father|dad|grandfather|grandpa|husband|widower|son|brother|uncle"),
        ("nonbinary", "nonbinary|non binary|enby"),
    )
    for phrase in _phrases(text)
}
NOBODY = frozenset(
    word
    for _, _, word in words_of(
        "a an the one some somebody someone person people human individual user viewer customer reader woman man girl "
        "boy lady gentleman guy female male year years old young elderly middle aged typical ordinary average teenager "
        "mother mum mom father dad parent grandmother granny grandfather grandpa husband wife widow widower son "
        "daughter sister brother aunt uncle couple family friend girlfriend boyfriend neighbour neighbor "
        "teen kid child adult fan lover hater buff addict enthusiast fanatic and or "
        "is are this that my our who which"
    )
)
"""Words that are no occupation."""
JOBS = re.compile(
    r"(?:er|or|ist|ista|ian|man|woman|person|ant|ent|ess|yst|smith|wright|geon)$"
    r"|^(?:nurse|cook|chef|clerk|coach|guard|judge|nun|monk|pilot|poet|priest|soldier|spy|vet|midwife|housewife|maid|"
    r"pair|dev|ceo|exec|intern|apprentice|retiree|patient|model|host|nanny|sheriff|critic|mechanic|athlete|barista|"
    r"captain|thief|cop|gp|doc|undergrad|freelance|unemployed|jobless|retired|pupil|postdoc|phd|academic|vicar|"
    r"scribe|cabbie|roadie|aide|rep|tech|hand|secretary)$"
)
"""What the last word of an occupation is like: a doer's ending, or one of these. A word that is neither is told as not
understood, though somebody may work as that."""
NO_NOUNS = frozenset(
    word
    for _, _, word in words_of(
        "love like hate enjoy want adore prefer dislike obsessed watch see read buy only never no not would live work "
        "can't don't very really always usually"
    )
)
"""Words that begin something else than an occupation."""
AGES: Mapping[Phrase, int] = {
    phrase: age
    for age, text in (
        (10, "child|kid|schoolboy|schoolgirl"),
        (16, "teenager|teen|teenage|teenaged|adolescent"),
        (75, "elderly|senior citizen"),
        (72, "pensioner"),
    )
    for phrase in _phrases(text)
}
"""What age a word lets expect. Assumed."""
RATERS: Mapping[Phrase, float] = {
    phrase: mean
    for mean, text in (
        (
            4.4,
            "rates generously|generous rater|gives high ratings|rates high|generous with stars|rates everything high",
        ),
        (2.6, "rates harshly|harsh rater|harsh critic|gives low ratings|rates low|stingy with stars|tough critic"),
    )
    for phrase in _phrases(text)
}
"""Mean rating, in levels 1-5. The numbers are assumed."""
LONGEST = max(len(phrase) for table in (TRAITS, STATES, GENDERS, AGES, RATERS, MORE) for phrase in table)
