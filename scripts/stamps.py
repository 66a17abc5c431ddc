#!/usr/bin/env python3
"""Lays Debian's stamps of Tux Paint out as a data set for cmc.

    scripts/stamps.py FOLDER

writes FOLDER/stamps.csv, one thing a row, from the package tuxpaint-stamps-default: its picture (64 x 64 pixels, on
white), its name in 40 languages, the voices that say it in five, and the sound that it makes, where there is one.
Pictures and sounds (8 kHz, one channel) are written beside it once. A fifth of the names is held out: all pictures of
one English name are in one part, and of several held-out ones with one name the first alone is kept.

Needs python3-pil, librsvg2-bin for the drawings and sox for the voices.
"""
import concurrent.futures
import csv
import hashlib
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import unicodedata

STAMPS = pathlib.Path("/usr/share/tuxpaint/stamps")
LANGUAGES = ("en es ca gl pt fr it ro ast an de nl sv da nb nn af is cs sk pl sl hr sr bg ru uk be fi hu ga gd eu el lv "
             "sq hy tr id ja").split()
VOICES = ["fr", "ca", "ru", "be", "bg"]
SIDE, RATE = 64, 8000


def names(path):
    """The English name, which is the first line, and those of other languages, by their codes."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = {"en": lines[0].strip()}
    for line in lines[1:]:
        match = re.fullmatch(r"([\w@]+)\.utf8=(.*)", line)
        if match and match[2].strip():
            found[match[1]] = match[2].strip()
    return {language: unicodedata.normalize("NFC", name) for language, name in found.items()}


def held_out(name):
    return int(hashlib.md5(name.encode()).hexdigest()[:8], 16) < 2**32 / 5


def draw(source, target):
    from PIL import Image
    if source.suffix == ".svg":
        subprocess.run(["rsvg-convert", "--keep-aspect-ratio", "--width", str(SIDE), "--height", str(SIDE), "--output",
                        target, source], check=True, capture_output=True)
        source = target
    picture = Image.open(source).convert("RGBA")
    picture.thumbnail((SIDE, SIDE))
    canvas = Image.new("RGB", (SIDE, SIDE), "white")
    canvas.paste(picture, ((SIDE - picture.width) // 2, (SIDE - picture.height) // 2), picture)
    canvas.save(target)


def convert(source, target):
    # What is beyond four seconds is not heard.
    subprocess.run(["sox", source, "-D", "-b", "16", "-r", str(RATE), "-c", "1", target, "trim", "0", "4"], check=True,
                   capture_output=True)


def main(folder):
    if not STAMPS.is_dir():
        sys.exit("scripts/stamps.py: there are no stamps: apt-get install tuxpaint-stamps-default")
    if importlib.util.find_spec("PIL") is None:
        sys.exit(f"scripts/stamps.py: {sys.executable} has no Pillow: apt-get install python3-pil, and /usr/bin/python3")
    folder.mkdir(parents=True, exist_ok=True)
    rows, work, kept = [], [], set()
    for text in sorted(STAMPS.rglob("*.txt")):
        name = names(text)
        stem = text.relative_to(STAMPS).with_suffix("")
        test = held_out(name["en"])
        if test and name["en"] in kept:
            continue
        kept.add(name["en"])
        row = {"id": str(stem), "folder": stem.parts[0], "part": "test" if test else "train", "thing": name["en"]}
        row |= {f"name-{language}": name.get(language, "") for language in LANGUAGES}

        def add(column, source, ending, make):
            if not source.exists():
                return
            target = folder / column / stem.with_suffix(ending)
            row[column] = str(target.relative_to(folder))
            if not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                work.append((make, source, target))

        for ending in (".png", ".svg"):
            if "picture" not in row:
                add("picture", text.with_suffix(ending), ".png", draw)
        add("sound", text.with_suffix(".ogg"), ".wav", convert)
        for voice in VOICES:
            add(f"voice-{voice}", text.with_name(f"{text.stem}_desc_{voice}.ogg"), ".wav", convert)
        rows.append(row)

    def made(item):
        make, source, target = item
        part = target.with_name("part-" + target.name)
        try:
            make(source, part)
            os.replace(part, target)
        except (OSError, subprocess.CalledProcessError) as error:
            why = error.stderr.decode().strip() if isinstance(error, subprocess.CalledProcessError) else error
            return f"{source}: {why}"
        return None

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        failures = [failure for failure in threads.map(made, work) if failure]
    for failure in failures:
        print("scripts/stamps.py: left out:", failure, file=sys.stderr)
    for row in rows:
        for column, cell in row.items():
            if cell.endswith((".png", ".wav")) and not (folder / cell).exists():
                row[column] = ""
    columns = ["id", "folder", "part", "thing", "picture", "sound", *(f"voice-{voice}" for voice in VOICES),
               *(f"name-{language}" for language in LANGUAGES)]
    with open(folder / "stamps.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
    test = sum(row["part"] == "test" for row in rows)
    print(f"{folder}/stamps.csv: {len(rows)} things, {test} of them held out")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    main(pathlib.Path(sys.argv[1]))
