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

# Several positives: three classes, and some samples of none.
groups = torch.arange(130) % 4
groups[groups == 3] = -1
several = torch.ops.cmc.multi_positive_contrast


def supervised(x, y, t, inside):
    scores = torch.nn.functional.normalize(x) @ torch.nn.functional.normalize(y).t() / t
    mask = (groups[:, None] == groups) & (groups >= 0) | torch.eye(len(x), dtype=torch.bool)

    def direction(logits):
        logarithms = torch.log_softmax(logits, 1)
        if inside:
            return -torch.logsumexp(logarithms.masked_fill(~mask, -1e30), 1) + mask.sum(1).log()
        return -(logarithms * mask).sum(1) / mask.sum(1)

    return direction(scores).mean() + direction(scores.t()).mean()


for inside in False, True:
    rows, columns, k_pair, *_, positive, negative = several(a, b, groups, tau, None, inside)
    expected = supervised(a, b, tau, inside)
    assert torch.allclose(rows.mean() + columns.mean(), expected, rtol=1e-5)
    assert not k_pair.requires_grad and not positive.requires_grad and not negative.requires_grad
    ours = torch.autograd.grad(rows.mean() + columns.mean(), [a, b, tau])
    theirs = torch.autograd.grad(expected, [a, b, tau])
    for x, y in zip(ours, theirs):
        assert torch.allclose(x, y, rtol=1e-4, atol=1e-6), (x, y)

# Candidates that are the other view, the own one left out, are the rows of both views' contrast.
each = torch.arange(130)
rows, *_ = several(a, b, groups, tau)
units = torch.nn.functional.normalize(b).detach()
loss, *_ = torch.ops.cmc.multi_positive_bank_contrast(a, b, units, groups, groups, tau, None, torch.stack([each, each]))
assert torch.allclose(loss, rows, rtol=1e-5)


def sigmoid_plain(x, y, t, c):
    scores = torch.nn.functional.normalize(x) @ torch.nn.functional.normalize(y).t() / t + c
    losses = -torch.nn.functional.logsigmoid((2 * torch.eye(len(x)) - 1) * scores)
    return losses.sum(1), losses.sum(0)


bias = torch.tensor(-10.0, requires_grad=True)
ours, theirs = torch.ops.cmc.sigmoid_contrast(a, b, tau, bias), sigmoid_plain(a, b, tau, bias)
rows, columns, positive, *_ = torch.ops.cmc.contrast(a, b, tau)
for x, y in zip(ours[:2], theirs):
    assert torch.allclose(x, y, rtol=1e-5), (x, y)
assert torch.equal(ours[3], rows) and torch.equal(ours[4], columns) and torch.equal(ours[2], positive)
assert not any(figure.requires_grad for figure in ours[3:])
for weights in [torch.ones(130) / 130, torch.linspace(0.5, 1.5, 130)]:
    for x, y in zip(torch.autograd.grad((weights * (ours[0] + ours[1])).sum(), [a, b, tau, bias], retain_graph=True),
                    torch.autograd.grad((weights * sum(theirs)).sum(), [a, b, tau, bias], retain_graph=True)):
        assert torch.allclose(x, y, rtol=1e-4, atol=1e-6 * float(y.abs().max())), (x, y)
loss, *_ = torch.ops.cmc.sigmoid_bank_contrast(a, b, bank, tau, bias)
scores = torch.nn.functional.normalize(a) @ bank.t() / tau + bias
expected = -torch.nn.functional.logsigmoid(torch.nn.functional.cosine_similarity(a, b) / tau + bias)
expected = expected - torch.nn.functional.logsigmoid(-scores).sum(1)
assert torch.allclose(loss, expected, rtol=1e-5)
for x, y in zip(torch.autograd.grad(loss.mean(), [a, b, tau, bias]), torch.autograd.grad(expected.mean(), [a, b, tau, bias])):
    assert torch.allclose(x, y, rtol=1e-4, atol=1e-6 * float(y.abs().max())), (x, y)


def message(call, *inputs):
    try:
        call(*inputs)
    except RuntimeError as error:
        return str(error)
    return "nothing was raised"


def expect(words, call, *inputs):
    text = message(call, *inputs)
    assert words in text, (words, text)


def spoilt(rows, row, value):
    rows = rows.detach().clone()
    rows[row] = value
    return rows


contrast, bank_contrast = torch.ops.cmc.contrast, torch.ops.cmc.bank_contrast
nan, inf = float("nan"), float("inf")
half = lambda rows: rows.detach().half()
integers = lambda values: torch.tensor(values, dtype=torch.long)

# Embeddings, by the name of their argument and by row.
for call, first, second in [(lambda x, y: contrast(x, y, tau), "a", "b"),
                            (lambda x, y: bank_contrast(x, y, bank, tau), "anchors", "positives")]:
    for value, words in [(0, "is zero, so it has no direction"), (nan, "holds a NaN; embeddings must be finite"),
                         (inf, "holds an infinity; embeddings must be finite")]:
        expect(f"{first}: row 7 {words}", call, spoilt(a, 7, value), b)
        expect(f"{second}: row 129 {words}", call, a, spoilt(b, 129, value))
        expect(f"{first}: row 7 {words}", call, spoilt(a, 7, value).bfloat16(), b.bfloat16())
    expect(f"{first} is [130, 32] and {second} is [129, 32]; both views need one shape [N, D]", call, a, b[1:])
    expect(f"{first} is [130, 32] and {second} is [130, 31]", call, a, b[:, 1:])
    expect(f"{first} is Float and {second} is Double; both views need one type", call, a, b.double())
    expect(f"{first}: the numbers are Half; they must be float32, bfloat16 or float64", call, half(a), half(b))
    expect(f"{first}: the numbers are Long", call, a.long(), b.long())
expect("a: embeddings of dimension D = 0 have no direction", contrast, a[:, :0], b[:, :0], tau)
expect("anchors: embeddings of dimension D = 0", bank_contrast, a[:, :0], b[:, :0], bank[:, :0], tau)
expect("a: there are no embeddings: N = 0", contrast, a[:0], b[:0], tau)
expect("a: embeddings are a matrix [N, D], not [32]", contrast, a[0], b[0], tau)

# τ.
for value, words in [(0.0, "the temperature is 0, which divides every similarity by zero; it must be positive"),
                     (-0.1, "the temperature is -0.1: a negative one pulls negatives closer"),
                     (nan, "the temperature is nan; it must be finite and positive"),
                     (inf, "the temperature is inf; it must be finite and positive")]:
    expect(words, contrast, a, b, torch.tensor(value, dtype=torch.float64))
    expect(words, bank_contrast, a, b, bank, torch.tensor(value, dtype=torch.float64))
expect("the temperature is one number, not 2 of them", contrast, a, b, torch.ones(2))

# b.
for call in [lambda c: torch.ops.cmc.sigmoid_contrast(a, b, tau, c),
             lambda c: torch.ops.cmc.sigmoid_bank_contrast(a, b, bank, tau, c)]:
    expect("the bias is nan; it must be finite", call, torch.tensor(nan))
    expect("the bias is -inf; it must be finite", call, torch.tensor(-inf))
    expect("the bias is one number, not 2 of them", call, torch.ones(2))

# Nothing to be contrasted with.
expect("no candidate negative: the batch is 1 sample, and needs at least 2", contrast, a[:1], b[:1], tau)
expect("no candidate negative: the bank is empty", bank_contrast, a, b, bank[:0], tau)
expect("no candidate negative: the picks are empty", bank_contrast, a, b, bank, tau, integers([]))
expect("no candidate negative: the excluded pairs leave none", contrast, a[:2], b[:2], tau,
       integers([[0, 1], [1, 0]]))

# The bank, its picks and the excluded pairs.
expect("the bank is [1000, 31] and the anchors are [130, 32]; the bank must be [n, 32]", bank_contrast, a, b,
       bank[:, 1:], tau)
expect("the bank: row 4 holds a NaN; rows of a bank are unit vectors", bank_contrast, a, b, spoilt(bank, 4, nan), tau)
expect("the bank: row 0 has length 0; rows of a bank are unit vectors, within 1 %", bank_contrast, a, b,
       torch.zeros_like(bank), tau)
expect("the bank: row 0 has length 2; rows of a bank are unit vectors, within 2 %", bank_contrast, a, b,
       (2 * torch.eye(32)).bfloat16(), tau)
expect("the bank: the numbers are Half", bank_contrast, a, b, half(bank), tau)
expect("the picks name row 1000 of the bank, which has rows 0 … 999", bank_contrast, a, b, bank, tau, integers([1000]))
expect("the picks name row -1 of the bank", bank_contrast, a, b, bank, tau, integers([[-1]] * 130))
expect("picks are int64 [k] or [N, k] with N = 130, not Long [2, 1]", bank_contrast, a, b, bank, tau,
       integers([[1], [2]]))
expect("not Int [1]", bank_contrast, a, b, bank, tau, integers([1]).int())
expect("an excluded pair names row 130, which is not in 0 … 129", contrast, a, b, tau, integers([[130], [0]]))
expect("an excluded pair names column -1, which is not in 0 … 129", contrast, a, b, tau, integers([[0], [-1]]))
expect("the excluded pairs are int64 [2, E]: rows, then columns", contrast, a, b, tau, integers([[1, 2, 3]]))

# Groups.
expect("the groups are Long [129]; they must be int64 [130], or [130, columns]", several, a, b, groups[1:], tau)
expect("the groups are Float [130]", several, a, b, groups.float(), tau)
expect("the temperature is 0, which divides", several, a, b, groups, torch.tensor(0.0))
expect("a: row 7 holds a NaN", several, spoilt(a, 7, nan), b, groups, tau)

# A row picked twice counts twice; a pair excluded twice is left out once.
once, *_ = bank_contrast(a, b, bank, tau, integers([5]))
twice, *_ = bank_contrast(a, b, bank, tau, integers([5, 5]))
assert torch.allclose(torch.expm1(twice.double()), 2 * torch.expm1(once.double()), rtol=1e-5)
pair, again = integers([[3], [8]]), integers([[3, 3], [8, 8]])
assert torch.equal(contrast(a, b, tau, pair)[0], contrast(a, b, tau, again)[0])
assert not torch.equal(contrast(a, b, tau, pair)[0], contrast(a, b, tau)[0])
