"""A training step as one writes it with PyTorch: a convolutional network for each of two views, the k-pair loss in both
directions, AdamW or SGD. Data is ready in memory. Prints samples a second, the median of some steps, for the networks and
the precision that are named: python train_step.py demo|cifar10-lab|alexnet bf16|fp32 [steps]
"""
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

networks = sys.argv[1]
precision = sys.argv[2] if len(sys.argv) > 2 else "bf16"
steps = int(sys.argv[3]) if len(sys.argv) > 3 else 20


def convnet(channels, widths, strides):
    layers = []
    for width, stride in zip(widths, strides):
        layers += [nn.MaxPool2d(2)] if stride == 2 else []
        layers += [nn.Conv2d(channels, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)]
        channels = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(channels * 4, 512, bias=False),
                         nn.BatchNorm1d(512), nn.ReLU(inplace=True), nn.Linear(512, 128))


def alexnet(channels):
    layers = []
    for width, kernel, stride, padding, pooled in ((48, 11, 4, 2, True), (128, 5, 1, 2, True), (192, 3, 1, 1, False),
                                                   (192, 3, 1, 1, False), (128, 3, 1, 1, True)):
        layers += [nn.Conv2d(channels, width, kernel, stride, padding, bias=False), nn.BatchNorm2d(width),
                   nn.ReLU(inplace=True)]
        layers += [nn.MaxPool2d(3, 2)] if pooled else []
        channels = width
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 6 * 6, 2048), nn.BatchNorm1d(2048),
                         nn.ReLU(inplace=True), nn.Linear(2048, 2048), nn.BatchNorm1d(2048), nn.ReLU(inplace=True),
                         nn.Linear(2048, 128))


if networks == "demo":
    batch, height, width, channels = 512, 28, 14, (1, 1)
    encoders = [convnet(c, (32, 64, 128, 256), (1, 2, 2, 1)) for c in channels]
elif networks == "cifar10-lab":
    batch, height, width, channels = 512, 24, 24, (1, 2)
    encoders = [convnet(c, (64, 64, 128, 128, 256, 256, 512), (1, 2, 1, 2, 1, 2, 1)) for c in channels]
else:
    batch, height, width, channels = 32, 224, 224, (1, 2)
    encoders = [alexnet(c) for c in channels]

encoders = [e.to(memory_format=torch.channels_last) for e in encoders]
views = [torch.randn(batch, c, height, width).contiguous(memory_format=torch.channels_last) for c in channels]
parameters = [p for e in encoders for p in e.parameters()]
if networks == "alexnet":
    optimizer = torch.optim.SGD(parameters, lr=0.03, momentum=0.9, weight_decay=1e-4, foreach=True)
else:
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
