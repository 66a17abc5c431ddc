#!/usr/bin/env python3
"""Cuts a scene of Landsat 7 into tiles, a data set for cmc.

    scripts/landsat.py FOLDER [SCENE.tif]

writes FOLDER/landsat.csv, one tile a row: its file, a TIFF of six bands of 8 bits (FOLDER/tiles), its part, and its NDVI,
the mean of (nir - red) / (nir + red) over its pixels. Tiles have 16 x 16 pixels of 28.5 m and stand 8 pixels apart in
the training part, so that neighbours overlap; those of the test part, the south of the scene, don't, and no tile crosses
from one part to the other. Between the parts a strip of 16 pixels is left out, since neighbours look alike.

SCENE is an uncompressed or deflated TIFF of strips, six bands of 8 bits side by side, in the order blue, green, red,
nir, swir1, swir2. Without it: L7_ETMs.tif (349 x 352 pixels: Olinda, Brazil) from Debian's package r-cran-stars, where
that is installed; else the package is fetched by apt-get and unpacked, not installed.
"""
import csv
import pathlib
import struct
import subprocess
import sys
import tempfile
import zlib

INSTALLED = pathlib.Path("/usr/lib/R/site-library/stars/tif/L7_ETMs.tif")
BANDS = ["blue", "green", "red", "nir", "swir1", "swir2"]
SIDE, STRIDE, GAP, TEST_SHARE = 16, 8, 16, 0.3


def scene_bytes(path):
    if path is None and not INSTALLED.exists():
        with tempfile.TemporaryDirectory() as folder:
            try:
                subprocess.run(["apt-get", "download", "r-cran-stars"], cwd=folder, check=True, capture_output=True)
                package = next(pathlib.Path(folder).glob("*.deb"))
                subprocess.run(["dpkg", "-x", package, f"{folder}/unpacked"], check=True, capture_output=True)
            except (OSError, subprocess.CalledProcessError) as error:
                why = error.stderr.decode().strip() if isinstance(error, subprocess.CalledProcessError) else error
                sys.exit(f"scripts/landsat.py: r-cran-stars was not fetched ({why}): apt-get update, or name the scene")
            return (pathlib.Path(folder) / "unpacked" / INSTALLED.relative_to("/")).read_bytes()
    path = INSTALLED if path is None else pathlib.Path(path)
    try:
        return path.read_bytes()
    except OSError as error:
        sys.exit(f"scripts/landsat.py: {error}")


def read_tiff(data):
    """Width, height, and the samples of the first page, bands side by side."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or struct.unpack(order + "H", data[2:4])[0] != 42:
        sys.exit("scripts/landsat.py: the scene is not a TIFF")
    at = struct.unpack(order + "I", data[4:8])[0]
    tags = {}
    for i in range(struct.unpack(order + "H", data[at:at + 2])[0]):
        entry = data[at + 2 + 12 * i:at + 14 + 12 * i]
        tag, kind, count = struct.unpack(order + "HHI", entry[:8])
        code = {1: "B", 3: "H", 4: "I"}.get(kind)
        if code is None:
            continue
        size = count * struct.calcsize(code)
        start = struct.unpack(order + "I", entry[8:])[0]
        tags[tag] = struct.unpack(f"{order}{count}{code}", entry[8:8 + size] if size <= 4 else data[start:start + size])
    width, height = tags[256][0], tags[257][0]
    look = tags[277][0], tags[258], tags.get(284, (1,)), tags.get(317, (1,))
    if look != (6, (8,) * 6, (1,), (1,)) or 273 not in tags:
        sys.exit("scripts/landsat.py: the scene is not of six bands of 8 bits side by side in strips")
    pixels = bytearray()
    for start, length in zip(tags[273], tags[279]):
        strip = data[start:start + length]
        pixels += strip if tags[259][0] == 1 else zlib.decompress(strip)
    if len(pixels) != width * height * 6:
        sys.exit("scripts/landsat.py: the scene is cut short")
    return width, height, bytes(pixels)


def tiff(tile):
    """A TIFF of SIDE x SIDE pixels of six bands of 8 bits, in one strip."""
    short, long, count = 3, 4, 12
    aside = 8 + 2 + 12 * count + 4
    entries = [(256, long, 1, SIDE), (257, long, 1, SIDE), (258, short, 6, aside), (259, short, 1, 1), (262, short, 1, 1),
               (273, long, 1, aside + 34), (277, short, 1, 6), (278, long, 1, SIDE), (279, long, 1, len(tile)),
               (284, short, 1, 1), (338, short, 5, aside + 12), (339, short, 6, aside + 22)]
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return (b"II*\0" + struct.pack("<IH", 8, count) + directory + struct.pack("<I", 0) + struct.pack("<6H", *[8] * 6) +
            bytes(10) + struct.pack("<6H", *[1] * 6) + tile)


def ndvi(tile):
    total = 0.0
    for red, nir in zip(tile[BANDS.index("red")::6], tile[BANDS.index("nir")::6]):
        total += (nir - red) / max(1, nir + red)
    return total / (SIDE * SIDE)


def main(folder, scene=None):
    width, height, pixels = read_tiff(scene_bytes(scene))
    (folder / "tiles").mkdir(parents=True, exist_ok=True)
    border = int(height * (1 - TEST_SHARE))
    parts = [("train", 0, border - GAP, STRIDE), ("test", border, height, SIDE)]
    rows = []
    for part, top, bottom, stride in parts:
        for y in range(top, bottom - SIDE + 1, stride):
            for x in range(0, width - SIDE + 1, stride):
                tile = b"".join(pixels[6 * (width * (y + row) + x):][:6 * SIDE] for row in range(SIDE))
                name = f"tiles/{y:03}-{x:03}.tif"
                (folder / name).write_bytes(tiff(tile))
                rows.append({"tile": f"{y:03}-{x:03}", "file": name, "part": part, "row": y, "column": x,
                             "ndvi": f"{ndvi(tile):.4f}"})
    with open(folder / "landsat.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    test = sum(row["part"] == "test" for row in rows)
    print(f"{folder}/landsat.csv: {len(rows)} tiles, {test} of them held out")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__.strip())
    main(pathlib.Path(sys.argv[1]), *sys.argv[2:])
