"""Reads what `cmc embed` and `cmc export` write with the libraries that others read it with.

    readers_test.py torch|pypi CMC FOLDER

trains a small run for each kind of views on pictures of its own, and one on a manifest of pictures, distances,
sounds, tables, arrays, series of unequal length and texts; embeds and exports them, and compares every reader's output
with `cmc embed` on the same samples.
"""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unicodedata
import zlib

import numpy as np

TOLERANCE = 1e-4
SIDE = 32
VIEWS = {"color": ["L", "ab"], "halves": ["right"], "frequency": ["low", "high"], "patches": ["far"],
         "augmented": ["augmented-1"], "learned": ["learned-2"]}
SENSES = ["camera", "depth", "spectrum", "wave", "touch", "place", "scan", "series", "walk", "levels", "caption",
          "pieces"]


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def cmc(*words):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"cmc {' '.join(map(str, words))}: {done.stderr}")
    return done.stdout


def pictures(folder):
    """64 pictures, black, white and one grey among them, as PNG files and as uint8 [64, 3, H, W]."""
    from PIL import Image
    drawn = np.random.default_rng(1).integers(0, 256, (64, SIDE, SIDE, 3), dtype=np.uint8)
    drawn[0], drawn[1], drawn[2] = 0, 255, 119
    (folder / "pictures").mkdir()
    for i, picture in enumerate(drawn):
        Image.fromarray(picture).save(folder / "pictures" / f"{i:02}.png")
    return np.ascontiguousarray(drawn.transpose(0, 3, 1, 2))


def train(folder, kind):
    encoder = {"augmented": 'name = "resnet18"', "color": 'name = "resnet18"\nsmall_stem = true'}.get(
        kind, 'name = "convnet"\nchannels = [16, 32]\npooled_grid = 3')
    recipe = folder / f"{kind}.toml"
    recipe.write_text(f"""
[data]
root = "{folder}/pictures"
held_out = 0.25
[views]
kind = "{kind}"
size = {SIDE}
[encoder]
{encoder}
[contrast]
negatives = "batch"
[train]
steps = 3
batch_size = 8
precision = "fp32"
""")
    cmc("train", recipe, "--output", folder / kind)
    return folder / kind


def senses(folder):
    """64 things in a manifest, and for each view what its exported encoder is fed: gaps in the tables, distances that
    weren't seen, a loud tone beside silence, times and coordinates that float32 would round."""
    import wave
    from PIL import Image
    random = np.random.default_rng(2)
    (folder / "senses").mkdir()
    photos = random.integers(0, 256, (64, SIDE, SIDE, 3), dtype=np.uint8)
    millimetres = random.integers(0, 5000, (64, 16, 16)).astype(np.uint16)
    millimetres[:, :3, :3] = 0
    time = np.arange(2400) / 8000
    sounds = 0.02 * random.standard_normal((64, time.size)) + 0.5 * np.sin(
        2 * np.pi * random.uniform(100, 3000, (64, 1)) * time)
    sounds[0], sounds[1] = 0, np.sin(2 * np.pi * 1000 * time)
    sounds = np.clip(sounds * 32767, -32768, 32767).astype(np.int16)
    numbers = random.normal([3, -200, 1e-3], [1, 50, 1e-4], (64, 3)).astype(np.float32)
    numbers[random.random((64, 3)) < 0.2] = np.nan
    ground = random.integers(0, 3, 64)
    scans = random.normal(5, 2, (64, 2, 6, 7)).astype(np.float32)
    series = random.normal(-1, 3, (64, 40)).astype(np.float32)
    walks = [random.normal([0, 9.8, -3], [1, 3, 40], (5 + i % 24, 3)).astype(np.float32) for i in range(64)]
    place = np.column_stack([1700000000 + 5 * random.permutation(64), random.normal(5412345, 3, 64)])
    gaps = random.random(64) < 0.4  # in one column each: a row without a number would be a missing view
    place[gaps, random.integers(0, 2, 64)[gaps]] = np.nan
    levels = 1700000000000 + random.integers(0, 1000, (64, 3, 4))
    np.savez(folder / "senses" / "levels.npz", levels=np.asfortranarray(levels), other=numbers)
    names = ["grass", "sand", "stone"]
    texts = captions(random)
    lines = ["id,photo,far,clip,scan,series,walk,t0,t1,t2,ground,time,north,caption"]
    for i in range(64):
        stem = folder / "senses" / f"{i:02}"
        Image.fromarray(photos[i]).save(f"{stem}.png")
        Image.fromarray(millimetres[i]).save(f"{stem}-far.png")
        with wave.open(f"{stem}.wav", "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(sounds[i].tobytes())
        np.save(f"{stem}.npy", scans[i])
        np.save(f"{stem}-series.npy", series[i])
        np.save(f"{stem}-walk.npy", walks[i])
        cells, where = [["" if np.isnan(x) else repr(float(x)) for x in row] for row in (numbers[i], place[i])]
        lines.append(f"s{i:02},{i:02}.png,{i:02}-far.png,{i:02}.wav,{i:02}.npy,{i:02}-series.npy,{i:02}-walk.npy,"
                     f"{','.join(cells)},{names[ground[i]]},{','.join(where)},{texts[i]}")
    (folder / "senses" / "senses.csv").write_text("\n".join(lines) + "\n")
    metres = np.where(millimetres == 0, np.nan, millimetres * np.float32(0.001)).astype(np.float32)
    waves = (sounds / 32768).astype(np.float32)
    return {"camera": np.ascontiguousarray(photos.transpose(0, 3, 1, 2)), "depth": metres, "spectrum": waves,
            "wave": waves, "touch": np.column_stack([numbers, ground]).astype(np.float32), "scan": scans,
            "series": series, "walk": windows(walks, 16), "place": place, "levels": levels.astype(np.float64),
            "caption": np.array([ngrams(text, 48, 1024) for text in texts])}


def windows(walks, length):
    """The middle of longer series [T, C] as [N, C, length], and NaN behind the end of shorter ones."""
    fed = np.full((len(walks), walks[0].shape[1], length), np.nan, np.float32)
    for row, walk in zip(fed, walks):
        first = max(0, len(walk) - length) // 2
        row[:, :len(walk)] = walk[first:first + length].T
    return fed


def captions(random):
    """64 texts in several scripts, with letters that fold to two, decomposed ones, and one beyond the view's length."""
    words = ["A", "dog", "Straße", "cafe\u0301", "собака", "犬", "चाय", "ÎLE", "\U0001f415", "of", "the", "sea"]
    texts = [" ".join(random.choice(words, 1 + i % 5)) for i in range(64)]
    texts[0] = " ".join(words * 3)
    return texts


def ngrams(text, length, symbols):
    """The numbers of a text's n-grams, as an export's metadata says them: runs of 1 to 5, and words."""
    found = []
    for word in unicodedata.normalize("NFC", text).casefold().split():
        padded = f" {word} "
        runs = [padded[i:i + n] for n in range(1, 6) for i in range(len(padded) - n + 1)]
        runs = [run for run in runs if run != " "] + ["\t" + word]
        found += [1 + zlib.crc32(run.encode()) % (symbols - 1) for run in runs]
    return (found + [0] * length)[:length]


def pieces(run, texts, length):
    """The same of a text's subwords, by SentencePiece's own program."""
    known = json.loads((run / "fitted.json").read_text())["standardization"]["pieces"]["tokenizer"]
    model = run / "pieces.model"
    model.write_bytes(base64.b64decode(known))
    plain = "\n".join(" ".join(unicodedata.normalize("NFC", text).split()) for text in texts)
    done = subprocess.run(["spm_encode", f"--model={model}", "--output_format=id"], input=plain, capture_output=True,
                          text=True, check=True)
    rows = [[int(number) + 1 for number in line.split()] for line in done.stdout.splitlines()]
    return np.array([(row + [0] * length)[:length] for row in rows])


def train_senses(folder):
    recipe = folder / "senses.toml"
    recipe.write_text(f"""
[data]
manifest = "{folder}/senses/senses.csv"
key = "id"
held_out = 0
[[view]]
name = "camera"
kind = "image"
column = "photo"
size = {SIDE}
[[view]]
name = "depth"
kind = "depth"
column = "far"
size = 16
[[view]]
name = "spectrum"
kind = "audio"
column = "clip"
rate = 8000
seconds = 0.3
bands = 24
[[view]]
name = "wave"
kind = "audio"
column = "clip"
rate = 8000
seconds = 0.3
features = "waveform"
encoder = {{ name = "waveform", channels = [8, 16] }}
[[view]]
name = "touch"
kind = "table"
columns = "t0..t2"
categorical = "ground"
[[view]]
name = "place"
kind = "table"
columns = ["time", "north"]
[[view]]
name = "levels"
kind = "array"
file = "levels.npz"
entry = "levels"
[[view]]
name = "scan"
kind = "array"
column = "scan"
encoder = {{ name = "convnet" }}
[[view]]
name = "series"
kind = "array"
column = "series"
encoder = {{ name = "mlp", widths = [16, 12] }}
[[view]]
name = "walk"
kind = "series"
column = "walk"
length = 16
encoder = {{ name = "resnet1d" }}
[[view]]
name = "caption"
kind = "text"
column = "caption"
length = 48
symbols = 1024
encoder = {{ widths = [12, 10] }}
[[view]]
name = "pieces"
kind = "text"
column = "caption"
tokens = "subwords"
pieces = 256
length = 12
encoder = {{ widths = [16], heads = 2 }}
[encoder]
channels = [8, 16]
widths = [16]
pooled_grid = 3
embedding_dim = 8
[train]
steps = 5
batch_size = 32
precision = "fp32"
""")
    cmc("train", recipe, "--output", folder / "run-of-senses")
    return folder / "run-of-senses"


def agree(what, ours, theirs):
    assert ours.shape == theirs.shape, (what, ours.shape, theirs.shape)
    worst = np.abs(ours - theirs).max() / max(1, np.abs(ours).max())
    print(f"{what}: {worst:.2e}")
    assert worst < TOLERANCE, what


def refused(what, fed, run):
    """What a graph wasn't made for: another size, another type, a value in place of a batch."""
    other = np.float64 if fed.dtype == np.float32 else np.float32
    for odd in (np.concatenate([fed, fed[..., :1]], -1), fed[..., 1:], fed.astype(other), fed[0]):
        try:
            run(odd[:2])
        except Exception:  # each reader has its own
            continue
        sys.exit(f"{what} takes {odd.dtype} {odd[:2].shape}, where it was made for {fed.dtype} {fed[:2].shape}")


def exported(folder, *forms):
    """(run, view, output, embedded by cmc, path stem of the exports, what to feed) of every view."""
    endings = {"safetensors": "safetensors", "torchscript": "pt", "onnx": "onnx"}
    batch, things = pictures(folder), senses(folder)
    runs = [(kind, train(folder, kind), views, ["--input", folder / "pictures"]) for kind, views in VIEWS.items()]
    runs.append(("senses", train_senses(folder), SENSES, []))
    texts = [line.rsplit(",", 1)[1] for line in (folder / "senses" / "senses.csv").read_text().splitlines()[1:]]
    things["pieces"] = pieces(runs[-1][1], texts, 12)
    for kind, run, views, source in runs:
        for view in views:
            for output in ("representation", "embedding"):
                stem = folder / f"{kind}-{view}-{output}"
                words = ["--view", view, "--what", output]
                cmc("embed", run, *words, *source, "--output", f"{stem}.npy")
                for form in forms:
                    cmc("export", run, *words, "--format", form, "--output", f"{stem}.{endings[form]}")
                yield run, view, output, np.load(f"{stem}.npy"), stem, batch if source else things[view]


def read_torch(folder):
    try:
        import torch
        import torchvision
    except ImportError as error:
        skip(f"this Python lacks {error.name}")
    for run, view, output, ours, stem, fed in exported(folder, "torchscript"):
        batch = torch.from_numpy(fed)
        extra = {"cmc.json": ""}
        module = torch.jit.load(f"{stem}.pt", _extra_files=extra)
        about = json.loads(extra["cmc.json"])
        assert about["view"] == view and len(about["recipe_sha256"]) == 64
        with torch.no_grad():
            for n in (1, 7, 64):
                agree(f"{stem.name} TorchScript, batch {n}", ours[:n], module(batch[:n]).numpy())
            assert module(batch[:0]).shape == (0, ours.shape[1])
            refused(f"{stem.name} TorchScript", fed, lambda odd: module(torch.from_numpy(odd)))
        if run.name == "augmented" and output == "representation":
            cmc("export", run, "--view", view, "--what", output, "--format", "safetensors", "--output",
                f"{stem}.safetensors")
            network = torchvision.models.resnet18()
            network.fc = torch.nn.Identity()
            network.load_state_dict(tensors(f"{stem}.safetensors"), strict=True)
            network.eval()
            with torch.no_grad():
                agree("torchvision's ResNet", ours, network((batch / 255 - 0.5) / 0.5).numpy())


def convert_weights(folder, site_packages):
    """A network of torchvision's as MoCo leaves it, by torch.save: cmc names it and the line that converts it; that
    line is run, and cmc trains from what it wrote."""
    try:
        import torch
        import torchvision
    except ImportError as error:
        print("weights of torch.save aren't converted: this Python lacks", error.name)
        return
    (folder / "packages").mkdir()
    (folder / "packages" / "safetensors").symlink_to(site_packages / "safetensors")
    network = torchvision.models.resnet18().state_dict()
    saved = {"epoch": 7, "arch": "resnet18",
             "state_dict": {f"module.encoder_{side}.{name}": tensor for side in "qk"
                            for name, tensor in network.items()},
             "optimizer": {"state": {0: {"momentum_buffer": torch.zeros(3)}}, "param_groups": [{"lr": 1}]}}
    for name, zipped in (("it's new.pth", True), ("old.bin", False)):
        torch.save(saved, folder / name, _use_new_zipfile_serialization=zipped)
        recipe = folder / "from-weights.toml"

        def text(weights):
            return (f'[data]\nroot = "{folder}/pictures"\nheld_out = 0.25\n[views]\nkind = "augmented"\nsize = {SIDE}\n'
                    f'[encoder]\nname = "resnet18"\nweights = "{weights}"\n'
                    '[train]\nsteps = 1\nbatch_size = 8\nprecision = "fp32"\n')

        recipe.write_text(text(folder / name))
        command = [program, "train", str(recipe), "--output", str(folder / f"from-{zipped}")]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 1 and "a PyTorch checkpoint (torch.save)" in done.stderr, done.stderr
        line = done.stderr[done.stderr.index("python3 -c"):].strip()
        line = line.replace("python3", sys.executable, 1)
        subprocess.run(line, shell=True, check=True,
                       env={**os.environ, "PYTHONPATH": str(folder / "packages")})
        recipe.write_text(text((folder / name).with_suffix(".safetensors")))
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        said = [line for line in done.stderr.splitlines() if "loaded" in line]
        assert said and 'loaded 120 tensors, 11186132 numbers; names without "state_dict.module.encoder_q."' in said[0], done.stderr


def tensors(path):
    """A safetensors file by its specification, for a Python without the package."""
    import torch
    raw = pathlib.Path(path).read_bytes()
    size = int.from_bytes(raw[:8], "little")
    header = json.loads(raw[8:8 + size])
    header.pop("__metadata__")
    types = {"F32": torch.float32, "I64": torch.int64}
    found = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        data = torch.frombuffer(bytearray(raw[8 + size + begin:8 + size + end]), dtype=types[entry["dtype"]])
        found[name] = data.reshape(entry["shape"])
    return found


def read_pypi(folder):
    python = packages(pathlib.Path(sys.argv[3]))
    stems = []
    for *_, stem, fed in exported(folder, "onnx", "safetensors"):
        np.save(f"{stem}.fed.npy", fed)
        stems.append(str(stem))
    convert_weights(folder, next(pathlib.Path(sys.argv[3]).glob("lib/python*/site-packages")))
    sys.exit(subprocess.call([python, __file__, "inner", program, str(folder), *stems]))


def packages(folder):
    """A Python with the pinned packages, made once."""
    pins = pathlib.Path(__file__).with_name("pypi_readers.txt")
    python, done = folder / "bin" / "python", folder / "pins.txt"
    if not done.exists() or done.read_text() != pins.read_text():
        steps = [[sys.executable, "-m", "venv", "--clear", folder],
                 [python, "-m", "pip", "install", "--quiet", "--retries", "1", "-r", pins]]
        for step in steps:
            made = subprocess.run(step, capture_output=True, text=True)
            if made.returncode != 0:
                skip("PyPI isn't reached, or Python's venv is missing: " + made.stderr.strip().split("\n")[-1])
        done.write_text(pins.read_text())
    return str(python)


def encode_by_the_example(folder):
    """examples/python/encode.py gives what `cmc embed` gives, of the files themselves."""
    from PIL import Image
    example = pathlib.Path(__file__).parents[2] / "examples" / "python" / "encode.py"
    pictures, things = folder / "pictures", folder / "senses"

    def encoded(stem, *files):
        subprocess.run([sys.executable, example, f"{stem}.onnx", *files], check=True, cwd=folder)
        return np.load(folder / "vectors.npy")

    for stem, files in (("color-L-representation", sorted(pictures.glob("*.png"))),
                        ("senses-wave-embedding", sorted(things.glob("*.wav"))),
                        ("senses-spectrum-embedding", sorted(things.glob("*.wav"))),
                        ("senses-scan-embedding", [things / f"{i:02}.npy" for i in range(64)]),
                        ("senses-touch-embedding", [things / "senses.csv"])):
        agree(f"encode.py, {stem}", np.load(folder / f"{stem}.npy"), encoded(folder / stem, *files))
    # Of a larger picture seven eighths of the height are seen: here a picture seven times as large.
    (folder / "large").mkdir()
    for i in range(8):
        wide = Image.new("RGB", (10 * SIDE, 8 * SIDE), (255, 0, 0))
        picture = Image.open(pictures / f"{i:02}.png").resize((7 * SIDE, 7 * SIDE), Image.Resampling.NEAREST)
        wide.paste(picture, (3 * SIDE // 2, SIDE // 2))
        wide.save(folder / "large" / f"{i}.png")
    agree("encode.py, pictures of another size", np.load(folder / "color-L-representation.npy")[:8],
          encoded(folder / "color-L-representation", *sorted((folder / "large").glob("*.png"))))


def inner():
    import onnx
    import onnxruntime
    import safetensors.numpy
    folder = pathlib.Path(sys.argv[3])
    for stem in sys.argv[4:]:
        batch = np.load(stem + ".fed.npy")
        ours, name = np.load(stem + ".npy"), pathlib.Path(stem).name
        onnx.checker.check_model(onnx.load(stem + ".onnx"), full_check=True)
        session = onnxruntime.InferenceSession(stem + ".onnx", providers=["CPUExecutionProvider"])
        assert "recipe_sha256" in session.get_modelmeta().custom_metadata_map
        for n in (1, 7, 64):
            agree(f"{name} ONNX Runtime, batch {n}", ours[:n],
                  session.run(None, {session.get_inputs()[0].name: batch[:n]})[0])
        if name.startswith("augmented"):  # ONNX Runtime can't pool an empty batch into a grid, as other networks do
            assert session.run(None, {session.get_inputs()[0].name: batch[:0]})[0].shape == (0, ours.shape[1])
        refused(f"{name} ONNX Runtime", batch, lambda odd: session.run(None, {session.get_inputs()[0].name: odd}))
        weights = safetensors.numpy.load_file(stem + ".safetensors")
        of_text = [key for key in weights if key.startswith("vectors.") and key.endswith("weight")]
        first = of_text[0] if of_text else next(
            key for key in ("conv1.weight", "stage1.0.weight", "stage1.conv1.weight", "fc1.0.weight") if key in weights)
        assert weights[first].ndim == (2 if of_text or first.startswith("fc1") else 4)
        assert ("head.0.weight" in weights) == name.endswith("embedding")

    cmc("embed", folder / "halves", "--view", "left", "--input", folder / "pictures", "--output",
        folder / "left.safetensors")
    cmc("embed", folder / "halves", "--view", "left", "--input", folder / "pictures", "--output",
        folder / "left.csv")
    rows = safetensors.numpy.load_file(folder / "left.safetensors")["representation"]
    table = np.genfromtxt(folder / "left.csv", delimiter=",", skip_header=1)[:, 4:].astype(np.float32)
    assert np.array_equal(rows, table), "safetensors and CSV hold the same numbers"

    encode_by_the_example(folder)

    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    events = EventAccumulator(str(folder / "halves"))
    events.Reload()
    points = {tag: events.Scalars(tag) for tag in events.Tags()["scalars"]}
    metrics = [json.loads(line) for line in (folder / "halves" / "metrics.jsonl").read_text().splitlines()]
    losses = [np.float32(row["loss"]) for row in metrics if row["kind"] == "train"]
    assert any([point.value for point in tag] == losses for tag in points.values()), list(points)
    print("TensorBoard reads", ", ".join(sorted(points)))


program = sys.argv[2]
if sys.argv[1] == "inner":
    inner()
else:
    with tempfile.TemporaryDirectory(prefix="cmc-readers-") as temporary:
        {"torch": read_torch, "pypi": read_pypi}[sys.argv[1]](pathlib.Path(temporary))
