"""Vectors of an encoder that `cmc export --format onnx` wrote, for pictures, sounds, arrays or the rows of a table:

    encode.py photo.onnx photos/*.jpg    encode.py clip.onnx clips/*.wav    encode.py touch.onnx touch.csv

writes vectors.npy, a row each. Needs onnxruntime, numpy and, by the kind, Pillow, soundfile or pandas."""
import json, sys, tomllib
import numpy as np, onnxruntime

session = onnxruntime.InferenceSession(sys.argv[1])
fed, about = session.get_inputs()[0], session.get_modelmeta().custom_metadata_map

def picture(path):  # in the size of the encoder's pictures; of another its middle, 7/8 of the largest window
    from PIL import Image, ImageOps
    image = ImageOps.exif_transpose(Image.open(path)).convert("L" if fed.shape[1] == 1 else "RGB")
    size = (fed.shape[3], fed.shape[2])
    image = image if image.size == size else ImageOps.fit(image, size, Image.Resampling.BOX, bleed=1 / 16)
    return np.atleast_3d(np.asarray(image)).transpose(2, 0, 1)

def sound(path):  # its middle at the view's rate, or all of it between zeros
    import soundfile
    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    views = {view["name"]: view for view in tomllib.loads(about["recipe"])["view"]}
    mono, n = samples.mean(1), round(len(samples) * views[about["view"]]["rate"] / rate)
    mono = np.fft.irfft(np.fft.rfft(mono)[: n // 2 + 1], n) * (n / len(mono)) if n != len(mono) else mono
    zeros = max(0, fed.shape[1] - n)
    return np.pad(mono[max(0, n - fed.shape[1]) // 2 :][: fed.shape[1]], (zeros // 2, zeros - zeros // 2))

def table(frame):  # numbers as they are, a text as its place among its column's; [N, columns]
    place = lambda texts: lambda text: np.nan if text != text else texts.index(text) if text in texts else -1
    return np.column_stack([frame[c["name"]].map(place(c["categories"])) if "categories" in c else frame[c["name"]]
                            for c in json.loads(about["columns"])])

if fed.name == "rows":
    import pandas
    batch = table(pandas.read_csv(sys.argv[2]))
else:
    batch = np.stack([{"pictures": picture, "sounds": sound, "arrays": np.load}[fed.name](p) for p in sys.argv[2:]])
types = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32, "tensor(double)": np.float64}
vectors, = session.run(None, {fed.name: batch.astype(types[fed.type])})
np.save("vectors.npy", vectors)
print(f"vectors.npy: {vectors.shape[0]} rows of {vectors.shape[1]} numbers, {about['output']} of view {about['view']}")
