#!/usr/bin/env python3
"""Cuts a scene of Landsat 7 into tiles, a data set for cmc.

    scripts/landsat.py FOLDER [SCENE.tif]

writes FOLDER/landsat.csv, one tile a row: its file, a TIFF of six bands of 8 bits (FOLDER/tiles), its part, and its NDVI,
the mean of (nir - red) / (nir + red) over its pixels. Tiles have 16 x 16 pixels of 28.5 m and stand 8 pixels apart in
the training part, so that neighbours overlap; those of the test part, the south of the scene, don't, and no tile crosses
from one part to the other. Between the parts a strip of 16 pixels is left out, since neighbours look alike.

SCENE is a TIFF of six bands of 8 bits, in the order blue, green, red, nir, swir1, swir2. Without it: L7_ETMs.tif (349 x 352 pixels: Olinda, Brazil) from Debian's package r-cran-stars, where
that is installed; else the package is fetched by apt-get and unpacked, not installed.
Files are read and written by tifffile (Debian's python3-tifffile).
"""
import csv
import io
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import tifffile
except ImportError as error:
    sys.exit(f"scripts/landsat.py: this Python lacks {error.name}: apt-get install python3-tifffile")

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


def read_scene(data):
    """uint8 [height, width, 6]."""
    try:
        scene = tifffile.imread(io.BytesIO(data))
    except Exception as error:  # each way of compressing has its own
        sys.exit(f"scripts/landsat.py: the scene is not a readable TIFF: {error}")
    if scene.ndim == 3 and scene.shape[0] == len(BANDS) != scene.shape[2]:  # in planes
        scene = np.moveaxis(scene, 0, 2)
    if scene.dtype != np.uint8 or scene.ndim != 3 or scene.shape[2] != len(BANDS):
        sys.exit(f"scripts/landsat.py: the scene holds {scene.dtype} {scene.shape}; six bands of 8 bits were expected")
    return scene


def ndvi(tile):
    red, nir = (tile[:, :, BANDS.index(band)].astype(float) for band in ("red", "nir"))
    return ((nir - red) / np.maximum(1, nir + red)).mean()


def main(folder, scene=None):
    pixels = read_scene(scene_bytes(scene))
    height, width = pixels.shape[:2]
    (folder / "tiles").mkdir(parents=True, exist_ok=True)
    border = int(height * (1 - TEST_SHARE))
    parts = [("train", 0, border - GAP, STRIDE), ("test", border, height, SIDE)]
    rows = []
    for part, top, bottom, stride in parts:
        for y in range(top, bottom - SIDE + 1, stride):
            for x in range(0, width - SIDE + 1, stride):
                tile = pixels[y:y + SIDE, x:x + SIDE]
                name = f"tiles/{y:03}-{x:03}.tif"
                tifffile.imwrite(folder / name, tile, photometric="minisblack", planarconfig="contig", metadata=None)
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
