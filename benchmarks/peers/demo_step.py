"""The demo's training step as one writes it with PyTorch: two convolutional networks on the halves of 28 x 28 pictures,
batch 512, the k-pair loss in both directions, AdamW. Data is ready in memory. Prints samples a second, the median of
some steps, for the precision that is named: python demo_step.py bf16|fp32 [steps]
"""
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

precision = sys.argv[1] if len(sys.argv) > 1 else "bf16"
steps = int(sys.argv[2]) if len(sys.argv) > 2 else 20
batch = 512


def encoder():
    layers, channels = [], 1
    for width, stride in ((32, 1), (64, 2), (128, 2), (256, 1)):
        layers += [nn.MaxPool2d(2)] if stride == 2 else []
        layers += [nn.Conv2d(channels, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        channels = width
    layers += [nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(channels * 4, 512, bias=False), nn.BatchNorm1d(512),
               nn.ReLU(inplace=True), nn.Linear(512, 128)]
    return nn.Sequential(*layers).to(memory_format=torch.channels_last)


encoders = [encoder(), encoder()]
views = [torch.randn(batch, 1, 28, 14).contiguous(memory_format=torch.channels_last) for _ in encoders]
parameters = [p for e in encoders for p in e.parameters()]
optimizer = torch.optim.AdamW(parameters, lr=2e-3, weight_decay=1e-3, foreach=True)
own = torch.arange(batch)
times = []
for step in range(steps + 3):
    start = time.perf_counter()
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bf16"):
        embeddings = [e(v) for e, v in zip(encoders, views)]
    one, other = (F.normalize(z.float()) for z in embeddings)
    logits = one @ other.t() / 0.1
    (F.cross_entropy(logits, own) + F.cross_entropy(logits.t(), own)).backward()
    optimizer.step()
    if step >= 3:
        times.append(time.perf_counter() - start)
print(f"{batch / statistics.median(times):.0f}")
