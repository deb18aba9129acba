"""Golden values of PyTorch in double precision: `python3 pytorch.py FAMILY > FAMILY.json`.

A case holds its inputs, the value, and the gradient of Σ wᵢ·valueᵢ by each float input, where wᵢ = i % 5 − 1.5 in row-major order.
What torch has no function for is written out here after the definition named beside it; torch differentiates it.
"""
import json
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
random = torch.Generator().manual_seed(7)
cases = []


def numbers(*shape, scale=1.0, shift=0.0):
    """Normal numbers of three decimals, so that they are the same everywhere."""
    return (torch.randn(*shape, generator=random) * scale + shift).mul(1000).round().div(1000)


def weights(y):
    return (torch.arange(y.numel()) % 5 - 1.5).reshape(y.shape)


def packed(x):
    return {"shape": list(x.shape), "data": x.detach().flatten().tolist()}


def case(name, f, *inputs):
    x = [t.detach().clone().requires_grad_(t.is_floating_point()) for t in inputs]
    y = f(*x)
    floats = [t for t in x if t.is_floating_point()]
    grads = torch.autograd.grad((y * weights(y)).sum(), floats)
    cases.append({"name": name, "inputs": [packed(t) for t in x], "value": packed(y), "grads": [packed(g) for g in grads]})


def losses():
    a, b = numbers(3, 4), numbers(3, 4)
    case("squared error", lambda p, t: F.mse_loss(p, t, reduction="none"), a, b)
    case("mean squared error", F.mse_loss, a, b)
    case("l2", lambda p, t: F.mse_loss(p, t, reduction="none") / 2, a, b)
    case("absolute error", lambda p, t: F.l1_loss(p, t, reduction="none"), a, b)
    for delta in (1.0, 0.4):
        case(f"huber {delta}", lambda p, t: F.huber_loss(p, t, reduction="none", delta=delta), a, b)
    case("log cosh", lambda p, t: torch.log(torch.cosh(p - t)), a, b)
    case("cosine similarity", lambda p, t: F.cosine_similarity(p, t, dim=-1), a, b)
    case("cosine similarity 0", lambda p, t: F.cosine_similarity(p, t, dim=0), a, b)
    case("cosine distance", lambda p, t: 1 - F.cosine_similarity(p, t, dim=-1), a, b)

    sign = torch.sign(b)
    case("hinge", lambda s: torch.relu(1 - s * sign), a)
    case("hinge of targets", lambda s, t: torch.relu(1 - s * t), a, sign)
    case("perceptron", lambda s, t: torch.relu(-s * t), a, sign)    # optax.perceptron_loss
    labels = torch.tensor([2, 0, 3])
    case("multiclass hinge", lambda s: (s + 1 - F.one_hot(labels, 4)).amax(-1) - s[torch.arange(3), labels], a)    # optax.multiclass_hinge_loss
    case("multiclass perceptron", lambda s: s.amax(-1) - s[torch.arange(3), labels], a)

    rows = torch.softmax(numbers(3, 4), -1).mul(1000).round().div(1000)
    case("cross entropy", lambda x, t: -(t * F.log_softmax(x, -1)).sum(-1), a, rows)
    case("cross entropy of labels", lambda x: F.cross_entropy(x, labels, reduction="none"), a)
    case("cross entropy, labels smoothed", lambda x: F.cross_entropy(x, labels, reduction="none", label_smoothing=0.1), a)
    hot = F.one_hot(labels, 4).to(a.dtype)
    case("cross entropy, rows smoothed", lambda x, t: -((0.9 * t + 0.1 / 4) * F.log_softmax(x, -1)).sum(-1), a, hot)
    case("poly cross entropy", lambda x, t: -(t * F.log_softmax(x, -1)).sum(-1) + 2 * (t * (1 - torch.softmax(x, -1))).sum(-1), a, rows)
    case("smooth labels", lambda t: 0.7 * t + 0.3 / 4, rows)
    half = torch.sigmoid(numbers(3, 4)).mul(1000).round().div(1000)
    case("binary cross entropy", lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"), a, half)

    def focal(x, t, alpha=None, gamma=2.0):    # torchvision.ops.sigmoid_focal_loss
        p = torch.sigmoid(x)
        y = F.binary_cross_entropy_with_logits(x, t, reduction="none") * (1 - (p * t + (1 - p) * (1 - t))) ** gamma
        return y if alpha is None else (alpha * t + (1 - alpha) * (1 - t)) * y

    case("focal", focal, a, (half > 0.5).to(a.dtype))
    case("focal of soft targets", lambda x, t: focal(x, t, 0.25, 1.5), a, half)
    case("sparsemax", lambda x: sparse_plus(torch.where(half > 0.5, -x, x)), a)

    logs = F.log_softmax(numbers(3, 4), -1).mul(1000).round().div(1000)
    case("kl divergence", lambda p, t: F.kl_div(p, t, reduction="none").sum(-1), logs, rows)
    case("kl divergence of logs", lambda p, t: F.kl_div(p, t, reduction="none", log_target=True).sum(-1), logs, rows.log())
    case("generalized kl divergence", lambda p, t: (F.kl_div(p, t, reduction="none") + p.exp() - t).sum(-1), numbers(3, 4), rows * 2)
    counts = torch.tensor([[0.0, 1, 2, 5], [3, 0, 1, 7], [10, 2, 4, 1]])
    case("poisson", lambda x: F.poisson_nll_loss(x, counts, log_input=True, reduction="none"), a)
    case("poisson, full", lambda x: F.poisson_nll_loss(x, counts, log_input=True, full=True, reduction="none"), a)
    case("gaussian", lambda m, t, v: F.gaussian_nll_loss(m, t, v, reduction="none"), a, b, numbers(3, 4).abs() + 0.1)
    case("gaussian, full", lambda m, t, v: F.gaussian_nll_loss(m, t, v, full=True, reduction="none"), a, b, numbers(3, 4).abs() + 0.1)

    c = numbers(3, 4)
    for p in (2.0, 3.0):    # optax.triplet_margin_loss
        distance = lambda x, y: (((x - y).abs() ** p).sum(-1) + 1e-6) ** (1 / p)
        case(f"triplet margin {p}", lambda x, y, z: torch.relu(distance(x, y) - distance(x, z) + 1), a, b, c)

    def ntxent(x):    # optax.ntxent, with a loop over the pairs
        same = torch.tensor([0, 1, 0, 1, 0])
        s = F.cosine_similarity(x[None], x[:, None], dim=-1) / 0.5
        terms = []
        for i in range(5):
            others = torch.stack([s[i, k] for k in range(5) if same[k] != same[i]]).exp().sum()
            terms += [-(s[i, j] - torch.log(others + s[i, j].exp())) for j in range(5) if j != i and same[j] == same[i]]
        return torch.stack(terms).mean()

    case("ntxent", ntxent, numbers(5, 3))

    def dice(p, t, alpha, beta):    # optax.dice_loss of one class
        both = (p * t).sum(-1)
        return 1 - (both + 1) / (both + alpha * (p.sum(-1) - both) + beta * (t.sum(-1) - both) + 1)

    case("dice", lambda x, t: dice(torch.sigmoid(x), t, 0.5, 0.5), a, half)
    case("dice of false positives", lambda x, t: dice(torch.sigmoid(x), t, 0.9, 0.1), a, half)
    case("weighted mean", lambda x, w: (x * w).sum() / w.sum(), a, half)


def sparse_plus(x):    # jax.nn.sparse_plus
    return torch.where(x <= -1, 0.0, torch.where(x >= 1, x, (x + 1) ** 2 / 4))


def pointwise(name, f, smooth=True):
    """A function of one number at points that are no kinks: value, first and second derivative."""
    points = [-30.5, -6.3, -3.7, -2.2, -1.3, -0.7, -0.2, -1e-3, 1e-3, 0.2, 0.7, 1.3, 2.2, 3.7, 6.3, 30.5] + ([0.0] if smooth else [])
    x = torch.tensor(points, requires_grad=True)
    y = f(x)
    first, = torch.autograd.grad(y.sum(), x, create_graph=True)
    second, = torch.autograd.grad(first.sum(), x, allow_unused=True) if first.requires_grad else (torch.zeros_like(x),)
    second = torch.zeros_like(x) if second is None else second
    cases.append({"name": name, "x": x.tolist(), "value": y.tolist(), "first": first.tolist(), "second": second.tolist()})


def activations():
    pointwise("relu", F.relu, smooth=False)
    pointwise("relu6", F.relu6, smooth=False)
    pointwise("leaky relu", F.leaky_relu, smooth=False)
    pointwise("leaky relu 0.3", lambda x: F.leaky_relu(x, 0.3), smooth=False)
    pointwise("elu", F.elu, smooth=False)
    pointwise("elu 0.5", lambda x: F.elu(x, 0.5), smooth=False)
    pointwise("celu", F.celu, smooth=False)
    pointwise("celu 2", lambda x: F.celu(x, 2.0), smooth=False)
    pointwise("selu", F.selu, smooth=False)
    pointwise("gelu", lambda x: F.gelu(x, approximate="tanh"))
    pointwise("gelu exact", F.gelu)
    pointwise("silu", F.silu)
    pointwise("mish", F.mish)
    pointwise("hard tanh", F.hardtanh, smooth=False)
    pointwise("hard sigmoid", lambda x: F.relu6(x + 3) / 6, smooth=False)    # F.hardsigmoid has no second derivative
    pointwise("hard silu", lambda x: x * F.relu6(x + 3) / 6, smooth=False)
    pointwise("sigmoid", torch.sigmoid)
    pointwise("log sigmoid", F.logsigmoid)
    pointwise("softplus", lambda x: torch.logaddexp(x, torch.zeros_like(x)))
    pointwise("softsign", F.softsign, smooth=False)
    pointwise("tanh", torch.tanh)
    pointwise("tanh shrink", F.tanhshrink)
    pointwise("squareplus", lambda x: (x + torch.sqrt(x * x + 4)) / 2)    # jax.nn.squareplus
    pointwise("squareplus 1", lambda x: (x + torch.sqrt(x * x + 1)) / 2)
    pointwise("sparse plus", sparse_plus, smooth=False)
    pointwise("sparse sigmoid", lambda x: 0.5 * torch.clip(x + 1, 0, 2), smooth=False)    # jax.nn.sparse_sigmoid
    pointwise("log 1 - exp", lambda x: torch.log(-torch.expm1(-x.abs())), smooth=False)    # jax.nn.log1mexp of |x|


if __name__ == "__main__":
    family = sys.argv[1]
    globals()[family]()
    print('{"source": "PyTorch %s, float64, tests/golden/pytorch.py %s", "cases": [' % (torch.__version__.split("+")[0], family))
    print(",\n".join(json.dumps(c) for c in cases))
    print("]}")
