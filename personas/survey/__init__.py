"""Personas from surveys: people from the answers that real ones gave, judged by answers that were held out.

reading     a codebook: what the columns of a table mean, and the cure for each mistake in it
importing   from table and codebook to personas: constructs as numbers, other answers as sentences
validating  held-out answers predicted from personas, beside trivial guesses and the same people asked again
asking      the same with a language model in place of a regression

After Twin-2K-500 (Toubia et al., arXiv 2505.17479, 2025): personas of people who answered hundreds of questions, and
predictions measured against how well people repeat themselves.
"""

from personas.survey.asking import validate_language
from personas.survey.importing import HeldOut, SurveyPersonas, from_survey
from personas.survey.reading import read_codebook, shipped_codebooks
from personas.survey.validating import validate

__all__ = [
    "HeldOut",
    "SurveyPersonas",
    "from_survey",
    "read_codebook",
    "shipped_codebooks",
    "validate",
    "validate_language",
]
