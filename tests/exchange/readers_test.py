"""Reads what `cmc embed` and `cmc export` write with the libraries that others read it with.

    readers_test.py torch|pypi CMC FOLDER

trains a small run for each kind of views on pictures of its own, embeds and exports it, and compares every
reader's output with `cmc embed` on the same pictures.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

TOLERANCE = 1e-4
SIDE = 32
VIEWS = {"color": ["L", "ab"], "halves": ["right"], "frequency": ["low", "high"], "patches": ["far"],
         "augmented": ["augmented-1"]}


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
[train]
steps = 3
batch_size = 8
precision = "fp32"
""")
    cmc("train", recipe, "--output", folder / kind)
    return folder / kind


def agree(what, ours, theirs):
    assert ours.shape == theirs.shape, (what, ours.shape, theirs.shape)
    worst = np.abs(ours - theirs).max() / max(1, np.abs(ours).max())
    print(f"{what}: {worst:.2e}")
    assert worst < TOLERANCE, what


def exported(folder):
    """(run, view, output, embedded by cmc, path stem of the exports) of every view."""
    for kind, views in VIEWS.items():
        run = train(folder, kind)
        for view in views:
            for output in ("representation", "embedding"):
                stem = folder / f"{kind}-{view}-{output}"
                words = ["--view", view, "--what", output]
                cmc("embed", run, *words, "--input", folder / "pictures", "--output", f"{stem}.npy")
                for form, ending in (("safetensors", "safetensors"), ("torchscript", "pt"), ("onnx", "onnx")):
                    cmc("export", run, *words, "--format", form, "--output", f"{stem}.{ending}")
                yield run, view, output, np.load(f"{stem}.npy"), stem


def read_torch(folder):
    try:
        import torch
        import torchvision
    except ImportError as error:
        skip(f"this Python lacks {error.name}")
    batch = torch.from_numpy(pictures(folder))
    for run, view, output, ours, stem in exported(folder):
        extra = {"cmc.json": ""}
        module = torch.jit.load(f"{stem}.pt", _extra_files=extra)
        about = json.loads(extra["cmc.json"])
        assert about["view"] == view and len(about["recipe_sha256"]) == 64
        with torch.no_grad():
            for n in (1, 7, 64):
                agree(f"{stem.name} TorchScript, batch {n}", ours[:n], module(batch[:n]).numpy())
        if run.name == "augmented" and output == "representation":
            network = torchvision.models.resnet18()
            network.fc = torch.nn.Identity()
            network.load_state_dict(tensors(f"{stem}.safetensors"), strict=True)
            network.eval()
            with torch.no_grad():
                agree("torchvision's ResNet", ours, network((batch / 255 - 0.5) / 0.5).numpy())


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
    np.save(folder / "batch.npy", pictures(folder))
    stems = [str(stem) for *_, stem in exported(folder)]
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


def inner():
    import onnx
    import onnxruntime
    import safetensors.numpy
    folder = pathlib.Path(sys.argv[3])
    batch = np.load(folder / "batch.npy")
    for stem in sys.argv[4:]:
        ours, name = np.load(stem + ".npy"), pathlib.Path(stem).name
        onnx.checker.check_model(onnx.load(stem + ".onnx"), full_check=True)
        session = onnxruntime.InferenceSession(stem + ".onnx", providers=["CPUExecutionProvider"])
        assert "recipe_sha256" in session.get_modelmeta().custom_metadata_map
        for n in (1, 7, 64):
            agree(f"{name} ONNX Runtime, batch {n}", ours[:n], session.run(None, {"pictures": batch[:n]})[0])
        weights = safetensors.numpy.load_file(stem + ".safetensors")
        assert weights["conv1.weight" if name[0] in "ac" else "stage1.0.weight"].ndim == 4
        assert ("head.0.weight" in weights) == name.endswith("embedding")

    cmc("embed", folder / "halves", "--view", "left", "--input", folder / "pictures", "--output",
        folder / "left.safetensors")
    cmc("embed", folder / "halves", "--view", "left", "--input", folder / "pictures", "--output",
        folder / "left.csv")
    rows = safetensors.numpy.load_file(folder / "left.safetensors")["representation"]
    table = np.genfromtxt(folder / "left.csv", delimiter=",", skip_header=1)[:, 2:].astype(np.float32)
    assert np.array_equal(rows, table), "safetensors and CSV hold the same numbers"

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
