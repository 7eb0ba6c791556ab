"""The vocabulary of the invented films: what each genre tells of, and the patterns that make titles and plots of it.

Every title holds an invented place or a first name, so that no film of the sample is one that exists.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Genre:
    """What films of one genre are made of."""

    name: str
    weight: float
    """Relative frequency as a film's first genre."""
    minutes: int
    """Typical length."""
    roles: tuple[str, ...]
    things: tuple[str, ...]
    incidents: tuple[str, ...]
    """What happens to the hero; follows "<hero> "."""
    twists: tuple[str, ...]
    """A whole sentence."""
    looks: tuple[str, ...]
    """What the poster shows around the hero."""


GENRES: tuple[Genre, ...] = (
    Genre(
        "Adventure", 1.0, 112,
        ("cartographer", "salvage diver", "mule driver", "balloonist", "river guide", "relic courier"),
        ("Compass", "Expedition", "Passage", "Summit", "Caravan", "Atlas"),
        (
            "inherits half of a map and goes looking for whoever holds the rest",
            "agrees to carry a sealed crate across the mountains before the thaw",
            "is stranded behind the border with a rival expedition",
            "follows a river that no chart shows",
            "wagers the family boat on a race around the cape",
            "finds a door in the ice and a rope that leads down",
        ),
        (
            "The guide they hired has been here before, and did not leave alone.",
            "Every camp they make has been used the night before.",
            "The treasure turns out to be a seed bank, and it is sprouting.",
            "Halfway there the rivals have to share one tent and one compass.",
            "The pass closes behind them and the only way home is forward.",
        ),
        ("on a rope bridge above white water", "in a sandstorm with a torn map", "at the rim of a crater at dawn"),
    ),
    Genre(
        "Animation", 0.8, 88,
        ("paper fox", "apprentice cloud-herder", "clockwork heron", "young lamplighter", "runaway kite", "shy giant"),
        ("Lantern", "Kite", "Button", "Puddle", "Snow Globe", "Pocket Moon"),
        (
            "sets out to return a star that fell into the wash-house",
            "must learn to whistle before the north wind comes back",
            "wakes in a drawer full of forgotten toys and elects itself mayor",
            "hides the last snowflake of the year in a biscuit tin",
            "promises a lonely lighthouse to bring it a friend",
            "swaps shadows with the cleverest cat in town",
        ),
        (
            "The moon, it turns out, has been writing letters all along.",
            "To get home, everybody has to forget a song.",
            "Only the smallest of them can carry the thing that matters.",
            "The villain is a very tired weathercock.",
            "A choir of kettles saves the day, almost.",
        ),
        ("under a paper moon", "among floating teacups", "on a rooftop full of weathercocks"),
    ),
    Genre(
        "Comedy", 1.5, 98,
        ("wedding photographer", "failed magician", "school caterer", "substitute choirmaster", "traffic warden"),
        ("Banquet", "Casserole", "Misunderstanding", "Rehearsal", "Raffle", "Goose"),
        (
            "books two weddings into one barn on the same afternoon",
            "is mistaken for the new mayor and rather enjoys it",
            "has one weekend to teach a rugby team to sing",
            "enters the cat in a dog show and wins",
            "rents the spare room to a rival for the same promotion",
            "tells one small lie about speaking Norwegian",
        ),
        (
            "Then the goose gets out.",
            "By Sunday there are four fiancés and one cake.",
            "The inspector arrives early and hungry.",
            "Nobody can remember who started it, and everybody apologises.",
            "It would all have worked without the bagpipes.",
        ),
        ("holding a collapsing cake", "chased by geese across a lawn", "in a borrowed tuxedo that is too small"),
    ),
    Genre(
        "Crime", 1.1, 109,
        ("night auditor", "safe-cracker", "harbour detective", "getaway driver", "forger", "court stenographer"),
        ("Alibi", "Ledger", "Ransom", "Getaway", "Confession", "Informant"),
        (
            "finds a second set of books behind the boiler",
            "takes one last job for a man who was buried in spring",
            "recognises the voice on a ransom tape",
            "is paid to look away and looks",
            "forges a painting so well that the thieves steal the wrong one",
            "drives the wrong passenger to the right address",
        ),
        (
            "The partner who planned it has planned for that as well.",
            "The only witness sells newspapers and misses nothing.",
            "By midnight everyone at the table is wearing somebody else's watch.",
            "The money is real; the bank is not.",
            "Somebody has been paying the victim's rent.",
        ),
        ("under a flickering street lamp", "in the rear-view mirror of a parked car", "beside an open safe"),
    ),
    Genre(
        "Documentary", 0.6, 84,
        ("beekeeper", "ferry captain", "piano tuner", "glacier surveyor", "village postwoman", "bell founder"),
        ("Orchard", "Ferry", "Archive", "Glacier", "Workshop", "Harvest"),
        (
            "keeps the last workshop of its kind open for one more year",
            "walks the length of the old railway with a tape recorder",
            "counts the birds of one island, every day, for forty years",
            "restores an organ that nobody alive has heard",
            "delivers letters to eleven houses and knows what is in them",
            "measures a glacier that will not be there to measure again",
        ),
        (
            "The camera stays when everyone else goes home.",
            "An attic yields nine reels that change the story.",
            "What begins as a portrait becomes an argument about time.",
            "The neighbours disagree, at length and with relish.",
            "In the last season a stranger asks to learn the trade.",
        ),
        ("in a workshop full of dust and light", "small against a wall of ice", "at a table with old photographs"),
    ),
    Genre(
        "Drama", 1.8, 116,
        ("district nurse", "widowed ferryman", "retired cellist", "evening-class teacher", "farmer", "interpreter"),
        ("Inheritance", "Silence", "Winter", "Letter", "Homecoming", "Threshold"),
        (
            "comes home to sell the house and finds it lived in",
            "takes in a brother who has not spoken for nine years",
            "has to choose between the orchard and the daughter who wants it gone",
            "reads out the letters of a stranger to a man who cannot see",
            "loses a hearing and starts to listen",
            "is asked to translate the one conversation that should not be understood",
        ),
        (
            "What was forgiven long ago turns out not to have been.",
            "Over one long winter, the two of them learn to set a third place.",
            "A funeral brings everybody, and nobody is sorry for the right thing.",
            "The child has understood all along.",
            "There is one photograph, and it is enough.",
        ),
        ("at a rain-streaked window", "on an empty platform in winter", "across a long table from an empty chair"),
    ),
    Genre(
        "Fantasy", 0.9, 118,
        ("hedge witch", "oathbound knight", "dragon's clerk", "tidewright", "changeling", "keeper of the seven doors"),
        ("Crown", "Thorn", "Spellbook", "Oath", "Ember", "Gate"),
        (
            "must deliver a sleeping dragon to its heirs",
            "breaks a promise made by a great-grandmother and wakes the river",
            "is crowned by mistake in a kingdom that punishes mistakes",
            "learns the true name of winter and says it aloud",
            "barters a year of memory for a key of bone",
            "guards a door that has begun to knock from the other side",
        ),
        (
            "Magic here is paid for in small change, and the bill is due.",
            "The prophecy was a receipt.",
            "Three sisters want the throne, and one of them is a forest.",
            "The old gods are bored, which is worse than angry.",
            "What the sword wants is to be a plough.",
        ),
        ("before a gate of thorns", "with a small dragon asleep on one shoulder", "in a forest of birches and eyes"),
    ),
    Genre(
        "Horror", 0.9, 94,
        ("night porter", "foster mother", "taxidermist", "lighthouse relief", "sleep researcher", "sexton"),
        ("Cellar", "Hunger", "Nursery", "Hollow", "Whisper", "Guest"),
        (
            "takes the winter shift in a house that keeps adding rooms",
            "hears the baby monitor answer",
            "digs a grave that is already occupied by the same name",
            "records eight hours of sleep and nine of breathing",
            "moves into the flat above a shop that sells only left shoes",
            "is asked, politely, to let something in",
        ),
        (
            "The mirrors have stopped being late.",
            "Each morning one more chair faces the wall.",
            "Nobody in the village will say who built the well.",
            "It only comes closer when it is described.",
            "The dog will not go upstairs, and then there is no upstairs.",
        ),
        ("in a corridor with too many doors", "at the foot of cellar stairs", "behind a curtain that moves"),
    ),
    Genre(
        "Mystery", 1.0, 106,
        ("crossword setter", "retired magistrate", "hotel pianist", "village librarian", "loss adjuster", "botanist"),
        ("Cipher", "Orchid", "Testament", "Clue", "Seance", "Key"),
        (
            "solves a puzzle that is also a confession",
            "finds the guest of honour dead in a room locked from both sides",
            "is left a library in which one book is poisoned",
            "investigates a drowning in a town without water",
            "notices that the portrait has aged",
            "counts thirteen at a table that was laid for twelve",
        ),
        (
            "Everyone has an alibi and they are all the same one.",
            "The gardener knows, but only speaks in Latin names.",
            "The second death is a correction of the first.",
            "The answer has been in the menu from the start.",
            "To unmask the culprit, the guests must dine together once more.",
        ),
        ("with a magnifying glass over a pressed flower", "in a drawing room of suspects", "beside a stopped clock"),
    ),
    Genre(
        "Romance", 1.2, 103,
        ("florist", "translator", "swimming teacher", "train conductor", "widowed baker", "violin maker"),
        ("Waltz", "Serenade", "Postcard", "Engagement", "Balcony", "Promise"),
        (
            "answers a love letter that was meant for the house next door",
            "shares a sleeper compartment with the one person not to fall for",
            "teaches a stranger to dance for somebody else's wedding",
            "meets the same man in four cities and pretends not to",
            "writes the vows for an old love's new bride",
            "keeps a promise to be on the pier, ten years late",
        ),
        (
            "There is a fiancé, and he is unfortunately very nice.",
            "It takes one storm, two umbrellas and a wrong address.",
            "They agree not to write, and buy stamps.",
            "Neither will say it first, so the grandmother does.",
            "The last train leaves at midnight, with one of them on it.",
        ),
        ("sharing one umbrella on a bridge", "dancing in an empty station", "between two lit balconies"),
    ),
    Genre(
        "Science fiction", 1.1, 115,
        ("orbital gardener", "memory auditor", "android notary", "drift pilot", "comet prospector", "signal archivist"),
        ("Signal", "Orbit", "Protocol", "Airlock", "Horizon", "Paradox"),
        (
            "wakes forty years early on a ship that has changed its mind",
            "receives an answer to a message not yet sent",
            "is hired to delete a memory that belongs to both sides",
            "finds a garden growing on the wrong side of the hull",
            "must prove to a court of machines that she is the original",
            "lands on a moon where it has already happened",
        ),
        (
            "The computer apologises, which it was never built to do.",
            "There are eleven days of air and twelve days of sums.",
            "One of the crew has no reflection in the logs.",
            "What they took for a planet is paying attention.",
            "Every copy remembers being the first.",
        ),
        ("in a helmet that reflects two suns", "drifting past a dark station", "in a greenhouse under the stars"),
    ),
    Genre(
        "Western", 0.6, 107,
        ("telegraph rider", "circuit judge", "widow with a rifle", "horse doctor", "stagecoach guard", "well digger"),
        ("Stagecoach", "Verdict", "Saddle", "Drought", "Reckoning", "Homestead"),
        (
            "rides in to hang a man whom the town has already pardoned",
            "wins a dry well at cards and strikes water",
            "guards a coach that carries nothing but a piano",
            "stands alone between the railroad and a graveyard",
            "buys back a horse from the man who shot it",
            "brings the mail to a valley that has stopped writing",
        ),
        (
            "The deputy is counting bullets, and so is the undertaker.",
            "By the time the dust settles, the river has moved.",
            "An old song tells everybody how it ends.",
            "The stranger pays in coins that are still warm.",
            "Nobody draws first, and that is the trouble.",
        ),
        ("before a water tower at noon", "on a grey horse in tall grass", "in the doorway of an empty saloon"),
    ),
)  # fmt: skip

PLACES = (
    "Harrowmere", "Vellmark", "Tessaly", "Ostwick", "Corranth", "Lindquay", "Marrowgate", "Saltreach", "Duskholm",
    "Ninefields", "Ombria", "Pellworth", "Quillport", "Ravensay", "Sunder Bay", "Umberford", "Wexhollow", "Yarrowby",
    "Aldermoor", "Brackenfell", "Cindervale", "Dunmarrow", "Eastering", "Fennick", "Gallowby", "Hollin Cross",
    "Kestrel Flats", "Lanternhithe", "Mosswater", "Northmaw", "Oxbow End", "Stillmere",
)  # fmt: skip
NAMES = (
    "Odile", "Ivo", "Marenka", "Tobin", "Saskia", "Idris", "Wren", "Anselm", "Petra", "Jory", "Noor", "Emeka", "Hanne",
    "Rafiq", "Yuki", "Solveig", "Dario", "Ines", "Bram", "Leocadia", "Matteo", "Zuri", "Nadia", "Greta", "Hamid",
    "Ottoline", "Perrin", "Amaya", "Lubo", "Sunniva",
)  # fmt: skip
SURNAMES = (
    "Varnhest", "Okonjura", "Lindqvale", "Tamsinger", "Dreyholt", "Quennecott", "Rosavelde", "Imbertson", "Halloray",
    "Brindamoor", "Nakavelle", "Vossberry", "Kadarivan", "Thornquill", "Merrowby", "Asteroth", "Pellering", "Zhuravine",
)  # fmt: skip
ADJECTIVES = (
    "Borrowed", "Second", "Patient", "Paper", "Crooked", "Salt", "Unfinished", "Quiet", "Copper", "Midnight",
    "Reluctant", "Glass", "Wandering", "Last Honest", "Upside-Down", "Velvet", "Stubborn", "Faraway",
)  # fmt: skip
NUMBERS = ("Two", "Three", "Five", "Seven", "Nine", "Eleven", "Thirteen", "Forty")

TITLES = (
    "The {role} of {place}", "{name}'s {thing}", "{number} {things} for {name}", "The {adjective} {thing} of {place}",
    "{name} and the {adjective} {thing}", "{place} {thing}", "The {thing} at {place}", "{A_thing} for {name}",
    "{adjective} {things} of {place}", "Goodbye, {place}", "The {role} and the {thing} of {name}",
    "{name} of {place}",
)  # fmt: skip

OPENINGS = (
    "In {place}, {a_role} named {name} {incident}.",
    "{name}, {a_role} from {place}, {incident}.",
    "The year the bridge at {place} falls, {name}, {a_role}, {incident}.",
    "{A_role} in {place}, {name} {incident}.",
)
COMPANIONS = (
    "With {other}, {a_role} who asks too many questions, {name} sets things in motion that cannot be taken back.",
    "The only help comes from {other}, {a_role} with reasons of a different kind.",
    "{other}, {a_role}, says it cannot be done and comes along to be right.",
    "Everything would be simpler without {other}, {a_role} and an old debt.",
    "{other}, once {a_role}, remembers it differently.",
)
HEADLINES = (
    "{A_role}, {a_thing} and one night in {place}",
    "What would you risk for {a_thing}?",
    "{name} has a secret, and {place} wants it",
    "{A_role} against all of {place}",
    "Nobody leaves {place} with {a_thing}",
    "It begins with {a_thing}. It ends with {name}",
)
CAPTIONS = (
    "{A_role} {look}",
    "{name}, {a_role}, {look}",
    "Close-up of {a_role} {look}",
    "{A_role} and {a_thing}, {look}",
)

PRAISE = (
    "Even better the second time; {name} is unforgettable.",
    "The {genre} of the year. I walked home in the rain and did not notice.",
    "Funny where it should be and merciless where it must.",
    "The scene in {place} alone is worth the evening.",
    "My whole family argued about the ending until two. Wonderful.",
)
SHRUGS = (
    "Good faces, slow middle. I liked {name} more than the plot.",
    "Decent {genre}, though {place} looks like a stage set.",
    "Half an hour too long, but the last ten minutes make up for it.",
    "I enjoyed it and have forgotten most of it.",
    "Nothing new, told with care.",
)
SCORN = (
    "I kept hoping that {name} would leave the film, and me with them.",
    "Never has {a_genre} had so little pulse.",
    "The poster promises more than {place} delivers.",
    "Three writers and not one idea.",
    "We stopped before the end and washed up instead.",
)

OCCUPATIONS = (
    "student", "teacher", "nurse", "engineer", "clerk", "craftsperson", "manager", "artist", "farmer", "retired",
    "programmer", "shop assistant", "driver", "lawyer", "scientist", "unemployed",
)  # fmt: skip
