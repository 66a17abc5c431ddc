#!/usr/bin/env python3
"""Lays emoji out as a data set for cmc: their pictures, and their names in many languages.

    scripts/emoji.py FOLDER

writes FOLDER/emoji.csv, one emoji a row, and its picture (64 x 64 pixels, on white) beside it, from the packages
fonts-noto-color-emoji and unicode-cldr-core. Those that differ in skin alone are left out. A person, a man and a woman
who do the same are one `thing`, so that none of them is held out while another trains. Needs python3-pil.
"""
import csv
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

NAMES = pathlib.Path("/usr/share/unicode/cldr/common/annotations")
FONT = pathlib.Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
LANGUAGES = "en es ca fr it pt ro de nl sv da cs sk pl ru uk bg fi et hu el tr id ja ko zh ar hi".split()
SIDE, DRAWN = 64, 109  # the font's pictures have this size alone


def names(language):
    tree = xml.parse(NAMES / f"{language}.xml")
    return {entry.get("cp"): entry.text.strip() for entry in tree.iter("annotation") if entry.get("type") == "tts"}


def thing(name):
    return re.sub(r"^(person|people|man|men|woman|women|boy|girl)\b:? ", "", name)


def main(folder):
    from PIL import Image, ImageDraw, ImageFont
    for file, package in ((NAMES, "unicode-cldr-core"), (FONT, "fonts-noto-color-emoji")):
        if not file.exists():
            sys.exit(f"scripts/emoji.py: {file} is missing: apt-get install {package}")
    font = ImageFont.truetype(str(FONT), DRAWN)
    known = {language: names(language) for language in LANGUAGES}
    (folder / "pictures").mkdir(parents=True, exist_ok=True)
    blank = None
    rows = []
    for sign in ["\uffff", *known["en"]]:
        # Letters, arrows and signs that the font has no picture of come out blank, or as its box.
        canvas = Image.new("RGB", (136, 128), "white")
        ImageDraw.Draw(canvas).text((0, 0), sign, font=font, embedded_color=True)
        picture = canvas.resize((SIDE, SIDE), Image.LANCZOS)
        if blank is None:
            blank = {picture.tobytes(), Image.new("RGB", (SIDE, SIDE), "white").tobytes()}
            continue
        code = "-".join(f"{ord(part):x}" for part in sign)
        if picture.tobytes() in blank or any(0x1f3fb <= ord(part) <= 0x1f3ff for part in sign):
            continue
        picture.save(folder / "pictures" / f"{code}.png")
        rows.append({"code": code, "sign": sign, "thing": thing(known["en"][sign]), "picture": f"pictures/{code}.png"}
                    | {f"name-{language}": known[language].get(sign, "") for language in LANGUAGES})
    with open(folder / "emoji.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    print(f"{folder}/emoji.csv: {len(rows)} emoji")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.strip())
    main(pathlib.Path(sys.argv[1]))
