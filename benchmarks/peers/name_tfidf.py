"""How far spelling alone goes: names of one language found among those of another by TF-IDF of character n-grams.

    name_tfidf.py stamps/stamps.csv [FROM-TO ...]

needs scikit-learn. It trains nothing: the weights of n-grams come from the training part of both languages. Of four
kinds of n-grams, each with accents and without, the best is printed, chosen on the held-out part itself, in its favour;
what has several equally near counts as not found, as `cmc evaluate` has it.
"""
import csv
import itertools
import sys

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

PAIRS = ["es-ca", "ca-es", "cs-sk", "sk-cs", "fr-it", "en-de", "nl-de", "ru-bg", "ru-uk", "uk-pl", "es-ru", "fi-sv", "hu-fi",
         "en-ja"]
KINDS = [("char_wb", (1, 5)), ("char_wb", (2, 4)), ("char_wb", (1, 3)), ("char", (1, 5))]


def found_first(things, one, other):
    both = [f"name-{language}" for language in (one, other)]
    train = [thing[name] for thing in things if thing["part"] == "train" for name in both if thing[name]]
    test = [thing for thing in things if thing["part"] == "test" and all(thing[name] for name in both)]
    best = 0
    for (analyzer, range_), accents in itertools.product(KINDS, (None, "unicode")):
        weights = TfidfVectorizer(analyzer=analyzer, ngram_range=range_, sublinear_tf=True,
                                  strip_accents=accents).fit(train)
        queries, names = (weights.transform([thing[name] for thing in test]) for name in both)
        cosines = (queries @ names.T).toarray()
        best = max(best, np.mean((cosines >= np.diag(cosines)[:, None]).sum(1) == 1))
    return best, len(test)


if __name__ == "__main__":
    with open(sys.argv[1], newline="", encoding="utf-8") as file:
        things = list(csv.DictReader(file))
    for pair in sys.argv[2:] or PAIRS:
        share, among = found_first(things, *pair.split("-"))
        print(f"{pair}: {100 * share:.1f} % first among {among}")
