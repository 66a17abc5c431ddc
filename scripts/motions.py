#!/usr/bin/env python3
"""Lays the data set BasicMotions out for cmc: a watch's accelerometer and gyroscope while four people stand, walk, run and
play badminton, ten seconds at 10 Hz (A. Bagnall et al., "The UEA multivariate time series classification archive, 2018",
arXiv 1811.00075).

    scripts/motions.py FOLDER

writes FOLDER/motions.csv, one recording a row, and FOLDER/series/*.npy, 6 channels x 100 steps each: channels 1 to 3 are the
accelerometer's x, y and z, channels 4 to 6 the gyroscope's. The training and test parts are the archive's.

Needs NumPy and the Python package aeon (its files alone: pip install --no-deps aeon).
"""
import csv
import importlib.util
import pathlib
import sys


def read(path):
    """The recordings of a .ts file: channels separated by colons, the class behind the last."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line[0] in "#@":
            continue
        *channels, label = line.split(":")
        yield [[float(x) for x in channel.split(",")] for channel in channels], label


def main(folder):
    import numpy
    package = importlib.util.find_spec("aeon")
    if package is None:
        sys.exit("scripts/motions.py: the Python package aeon is not there: pip install --no-deps aeon")
    source = pathlib.Path(package.origin).parent / "datasets" / "data" / "BasicMotions"
    (folder / "series").mkdir(parents=True, exist_ok=True)
    rows = []
    for part in ("train", "test"):
        for i, (channels, label) in enumerate(read(source / f"BasicMotions_{part.upper()}.ts")):
            row = {"id": f"{part}-{i:02}", "motion": label.lower(), "part": part}
            row["series"] = f"series/{row['id']}.npy"
            numpy.save(folder / row["series"], numpy.array(channels, numpy.float32))
            rows.append(row)
    with open(folder / "motions.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    print(f"{folder}/motions.csv: {len(rows)} recordings, {sum(row['part'] == 'test' for row in rows)} of them held out")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    main(pathlib.Path(sys.argv[1]))
