"""Drives torch.ops.cmc from Python: values, gradients and errors. Argument: libcmc_operators.so."""
import sys

try:
    import torch
except ImportError:
    print("skipped: this Python has no torch")
    sys.exit(77)

torch.ops.load_library(sys.argv[1])
torch.manual_seed(0)
a = torch.randn(130, 32, requires_grad=True)
b = torch.randn(130, 32, requires_grad=True)
tau = torch.tensor(0.1, requires_grad=True)


def plain(x, y, t):
    scores = torch.nn.functional.normalize(x) @ torch.nn.functional.normalize(y).t() / t
    target = torch.arange(len(x))
    return torch.nn.functional.cross_entropy(scores, target), torch.nn.functional.cross_entropy(
        scores.t(), target)


rows, columns, positive, hardest, _, negative = torch.ops.cmc.contrast(a, b, tau)
expected = plain(a, b, tau)
assert torch.allclose(rows.mean(), expected[0], rtol=1e-5)
assert torch.allclose(columns.mean(), expected[1], rtol=1e-5)
assert not hardest.requires_grad and not negative.requires_grad and positive.requires_grad
ours = torch.autograd.grad(rows.mean() + columns.mean(), [a, b, tau])
theirs = torch.autograd.grad(sum(expected), [a, b, tau])
for x, y in zip(ours, theirs):
    assert torch.allclose(x, y, rtol=1e-4, atol=1e-7), (x, y)

bank = torch.nn.functional.normalize(torch.randn(1000, 32))
loss, *_ = torch.ops.cmc.bank_contrast(a, b, bank, tau, None, None)
scores = torch.nn.functional.normalize(a) @ torch.cat([torch.zeros(1, 32), bank]).t()
scores = torch.cat([torch.nn.functional.cosine_similarity(a, b)[:, None], scores[:, 1:]], 1) / tau
target = torch.zeros(len(a), dtype=torch.long)
assert torch.allclose(loss.mean(), torch.nn.functional.cross_entropy(scores, target), rtol=1e-5)


def message(call):
    try:
        call()
    except RuntimeError as error:
        return str(error)
    return "nothing was raised"


zero = a.detach().clone()
zero[7] = 0
assert "a: row 7 is zero" in message(lambda: torch.ops.cmc.contrast(zero, b, tau))
assert "it must be positive" in message(lambda: torch.ops.cmc.contrast(a, b, torch.tensor(0.0)))
assert "row 1000 of the bank" in message(
    lambda: torch.ops.cmc.bank_contrast(a, b, bank, tau, torch.tensor([1000]), None))
