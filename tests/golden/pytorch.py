"""Golden values of PyTorch in double precision: `python3 pytorch.py FAMILY > FAMILY.json`.

A case holds its inputs, the value, the gradient of Σ wᵢ·valueᵢ by each float input, where wᵢ = i % 5 − 1.5 in row-major order, and two derivatives along a
direction, ((3·i + 2·k) % 7 − 3)/4 for element i of float input k: that of the value, and that of the gradient.
What torch has no function for is written out here after the definition named beside it; torch differentiates it.
"""
import json
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
torch.backends.cuda.enable_flash_sdp(False)    # fused attention has no second derivative
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
    floats = [t for t in x if t.is_floating_point()]
    along = [((torch.arange(t.numel()) * 3 + 2 * k) % 7 - 3).reshape(t.shape) / 4 for k, t in enumerate(floats)]

    def derivatives(of, by):
        """Zero where nothing depends."""
        if not of.requires_grad:
            return [torch.zeros_like(t) for t in by]
        return [torch.zeros_like(t) if g is None else g for t, g in zip(by, torch.autograd.grad(of, by, create_graph=True, allow_unused=True))]

    y = f(*x)
    grads = derivatives((y * weights(y)).sum(), floats)
    # Forward mode from reverse mode: the gradient is linear in a cotangent.
    ct = torch.zeros_like(y, requires_grad=True)
    tangent, = derivatives(sum((g * v).sum() for g, v in zip(derivatives((f(*x) * ct).sum(), floats), along)), [ct])
    second = derivatives(sum((g * v).sum() for g, v in zip(grads, along)), floats)
    flat = lambda t: t.detach().clone().flatten().tolist()
    cases.append({"name": name, "inputs": [packed(t) for t in x], "value": packed(y), "grads": [flat(g) for g in grads], "tangent": flat(tangent), "second": [flat(s) for s in second]})


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

    wide, own = numbers(3, 4, scale=2), torch.arange(3)
    case("sparse softmax", sparsemax, wide)
    p = lambda s: sparsemax(s)
    case("multiclass sparsemax", lambda s: (p(s) * s).sum(-1) - s[own, labels] + (1 - (p(s) ** 2).sum(-1)) / 2, wide)    # Martins and Astudillo, equation 16
    case("fenchel-young of log-sum-exp", lambda s, t: torch.logsumexp(s, -1) - (s * t).sum(-1), a, rows)
    relevance, valid = torch.tensor([[0.0, 1, 2, 0], [3, 0, 0, 1], [0, 0, 1, 0]]), torch.tensor([[True, True, True, False], [True] * 4, [True, False, True, True]])
    case("ranking", lambda s: -(relevance * F.log_softmax(s, -1)).sum(-1), a)    # optax.ranking_softmax_loss
    case("ranking of relevance", lambda s, t: -(t * F.log_softmax(s, -1)).sum(-1), a, half)

    def ranked(s):    # the items that there are, one list at a time
        return torch.stack([-(half[i][valid[i]] * relevance[i][valid[i]] * F.log_softmax(s[i][valid[i]], -1)).sum() for i in range(3)])

    case("ranking, some items valid and weighted", ranked, a)

    def generalized_dice(x, t):    # optax.multiclass_generalized_dice_loss, class by class
        p, loss = torch.softmax(x, -1), 0
        w = [1 / (t[..., c].sum() ** 2 + 1e-7) for c in range(3)]
        for c in range(3):
            for i in range(2):
                loss = loss + w[c] / sum(w) * 3 * dice(p[i, :, c], t[i, :, c], 0.5, 0.5) / 6
        return loss

    hot3 = F.one_hot(torch.tensor([[0, 1, 1, 1, 0], [1, 1, 2, 1, 1]]), 3).to(a.dtype)
    case("generalized dice", generalized_dice, numbers(2, 5, 3), hot3)


def sparsemax(s):    # max(s - tau, 0) with a sum of 1: tau by bisection, then exactly of those above it
    low, high = s.detach().amax(-1, keepdim=True) - 1, s.detach().amax(-1, keepdim=True)
    for _ in range(60):
        middle = (low + high) / 2
        more = torch.relu(s.detach() - middle).sum(-1, keepdim=True) > 1
        low, high = torch.where(more, middle, low), torch.where(more, high, middle)
    above = (s.detach() > low).to(s.dtype)
    return above * (s - ((above * s).sum(-1, keepdim=True) - 1) / above.sum(-1, keepdim=True))


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


def optimisers():
    """Paths of a matrix and a vector along fixed gradients: 8 steps. What torch.optim has not, or defines otherwise, is written out after its paper."""
    start = [numbers(3, 2), numbers(4)]
    gradients = [[numbers(3, 2), numbers(4)] for _ in range(8)]
    shared = {"start": [packed(p) for p in start], "gradients": [[packed(g) for g in step] for step in gradients]}
    cases.append({"name": "shared", **shared, "path": []})

    def case(name, path):
        cases.append({"name": name, "start": [], "gradients": [], "path": [[packed(p) for p in step] for step in path]})

    def torchs(name, make):
        p = [t.clone().requires_grad_() for t in start]
        optimiser = make(p)
        path = []
        for step in gradients:
            for x, g in zip(p, step):
                x.grad = g.clone()
            optimiser.step()
            path.append([x.detach().clone() for x in p])
        case(name, path)

    o = torch.optim
    torchs("sgd", lambda p: o.SGD(p, 0.1))
    torchs("momentum", lambda p: o.SGD(p, 0.1, momentum=0.9))
    torchs("nesterov", lambda p: o.SGD(p, 0.1, momentum=0.9, nesterov=True))
    torchs("sgd with l2", lambda p: o.SGD(p, 0.1, momentum=0.9, weight_decay=0.05))
    torchs("adam", lambda p: o.Adam(p, 0.1))
    torchs("adamw", lambda p: o.AdamW(p, 0.1, weight_decay=0.05))
    torchs("rmsprop", lambda p: o.RMSprop(p, 0.1, alpha=0.9, eps=1e-3))
    torchs("rmsprop with momentum", lambda p: o.RMSprop(p, 0.1, alpha=0.9, eps=1e-3, momentum=0.5))
    torchs("rmsprop centered", lambda p: o.RMSprop(p, 0.1, alpha=0.9, eps=1e-3, centered=True))
    torchs("adagrad", lambda p: o.Adagrad(p, 0.1, initial_accumulator_value=0.1, eps=0))
    torchs("adadelta", lambda p: o.Adadelta(p, 0.5, weight_decay=0.05))
    torchs("adamax", lambda p: o.Adamax(p, 0.1))
    torchs("radam", lambda p: o.RAdam(p, 0.1, eps=0))

    def written(name, each):
        """each(p, state, g, t) → p for one tensor; state is its own dictionary."""
        p, states, path = [t.clone() for t in start], [{}, {}], []
        for t, step in enumerate(gradients, 1):
            p = [each(x, s, g, t) for x, s, g in zip(p, states, step)]
            path.append(p)
        case(name, path)

    def average(s, name, x, keep):
        s[name] = keep * s.get(name, torch.zeros_like(x)) + (1 - keep) * x
        return s[name]

    def rmsprop(p, s, g, t):
        return p - 0.1 * g / torch.sqrt(average(s, "v", g * g, 0.9) + 1e-8)

    def adam_direction(s, g, t, eps, ahead=False):
        m, v = average(s, "m", g, 0.9), average(s, "v", g * g, 0.999) / (1 - 0.999 ** t)
        m = 0.9 * m / (1 - 0.9 ** (t + 1)) + 0.1 * g / (1 - 0.9 ** t) if ahead else m / (1 - 0.9 ** t)
        return m / (torch.sqrt(v) + eps)

    def lamb(p, s, g, t):
        d = adam_direction(s, g, t, 1e-6) + 0.05 * p
        return p - 0.1 * p.norm() / d.norm() * d

    def lars(p, s, g, t):
        d = g + 0.05 * p
        s["t"] = 0.9 * s.get("t", 0) + 10 * 0.001 * p.norm() / d.norm() * d
        return p - s["t"]

    def lion(p, s, g, t):
        m = s.get("m", torch.zeros_like(g))
        s["m"] = 0.99 * m + 0.01 * g
        return p - 0.1 * (torch.sign(0.9 * m + 0.1 * g) + 0.05 * p)

    def muon(p, s, g, t):
        if p.dim() != 2:
            return p - 0.1 * adam_direction(s, g, t, 1e-8, True)
        m = average(s, "m", g, 0.95)
        m = 0.95 * m / (1 - 0.95 ** (t + 1)) + 0.05 * g / (1 - 0.95 ** t)
        x = m / (m.norm() + 1e-8)
        for _ in range(5):
            a = x @ x.T
            x = 3.4445 * x - 4.7750 * a @ x + 2.0315 * a @ a @ x
        return p - 0.1 * max(1, p.shape[1] / p.shape[0]) ** 0.5 * x

    written("rmsprop of optax", rmsprop)
    written("nadam", lambda p, s, g, t: p - 0.1 * adam_direction(s, g, t, 1e-8, True))
    written("lamb", lamb)
    written("lars", lars)
    written("lion", lion)
    written("muon", muon)

    def schedule_free(walk):
        """Defazio et al., equations 5–7: y, z, x as sequences of their own; rates 0.05·t up to 0.2, squared as weights."""
        def each(y, s, g, t):
            rate = 0.05 * min(t, 4)
            x, z, total = s.get("x", y), s.get("z", y), s.get("w", 0) + rate ** 2
            z = z - rate * walk(s, g, t, y)
            x = x + rate ** 2 / total * (z - x)
            s.update(x=x, z=z, w=total)
            return 0.9 * x + 0.1 * z
        return each

    written("schedule-free sgd", schedule_free(lambda s, g, t, y: g))
    # optax walks z by AdamW with its decay of y, without bias lost: v̂ alone.
    written("schedule-free adamw", schedule_free(lambda s, g, t, y: g / (torch.sqrt(average(s, "v", g * g, 0.999) / (1 - 0.999 ** t)) + 1e-8) + 0.05 * y))

    # L-BFGS by matrices: H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ over the last three pairs, from (s·y)/(y·y) I.
    flat = lambda ts: torch.cat([t.flatten() for t in ts])
    p, pairs, path, last, eye = flat(start), [], [], None, torch.eye(10)
    for t, step in enumerate(gradients):
        g = flat(step)
        if last is not None:
            pairs = (pairs + [(p - last[0], g - last[1])])[-3:]
        h = min(1, 1 / g.norm()) * eye if not pairs else pairs[-1][0] @ pairs[-1][1] / (pairs[-1][1] @ pairs[-1][1]) * eye
        for sk, yk in pairs:
            rho, left = 1 / (sk @ yk), eye - torch.outer(sk, yk) / (sk @ yk)
            h = left @ h @ left.T + rho * torch.outer(sk, sk)
        last, p = (p, g), p - 0.1 * h @ g
        path.append([p[:6].reshape(3, 2), p[6:]])
    case("lbfgs", path)


def layers():
    """Weights are passed as StagedDiff has them: [inputs, outputs], the transposes of torch's."""
    x, w, b = numbers(2, 3, 4), numbers(4, 5), numbers(5)
    case("linear", lambda x, w, b: F.linear(x, w.T, b), x, w, b)
    case("mlp", lambda x, w, b, v, c: F.linear(F.gelu(F.linear(x, w.T, b), approximate="tanh"), v.T, c), x, w, b, numbers(5, 2), numbers(2))
    table = numbers(6, 3)
    case("embedding", lambda t: F.embedding(torch.tensor([[1, 5, 0], [1, 1, 2]]), t), table)
    scale, shift = numbers(4, shift=1), numbers(4)
    case("layer norm", lambda x, s, t: F.layer_norm(x, [4], s, t), x, scale, shift)
    case("rms norm", lambda x, s: F.rms_norm(x, [4], s, eps=1e-6), x, scale)
    images = numbers(2, 4, 2, 3)
    case("group norm", lambda x, s, t: F.group_norm(x, 2, s, t), images, scale, shift)
    case("instance norm", lambda x, s, t: F.instance_norm(x, weight=s, bias=t), images, scale, shift)
    mean, variance = torch.tensor([0.5, -1, 2, 0.25]), torch.tensor([1, 0.5, 2, 4])
    case("batch norm, training", lambda x, s, t: F.batch_norm(x, mean.clone(), variance.clone(), s, t, training=True), images, scale, shift)
    case("batch norm of rows", lambda x, s, t: F.batch_norm(x, None, None, s, t, training=True), numbers(5, 4), scale, shift)
    case("batch norm, in use", lambda x, s, t: F.batch_norm(x, mean, variance, s, t), images, scale, shift)

    def averages(x):
        m, v = mean.clone(), variance.clone()
        F.batch_norm(x, m, v, training=True, momentum=0.1)
        return torch.stack([m, v]) + 0 * x.sum()

    case("batch norm, averages", averages, images)

    q, k, v = numbers(2, 3, 4), numbers(2, 5, 4), numbers(2, 5, 2)
    mask = torch.tensor([[1, 0, 1, 1, 0], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0]], dtype=torch.bool)
    case("attention", F.scaled_dot_product_attention, q, k, v)
    case("attention, masked", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, attn_mask=mask), q, k, v)
    case("attention, causal", lambda q, k, v: F.scaled_dot_product_attention(q, k, v, is_causal=True), q, k, v)
    case("attention, biased", lambda q, k, v, m: F.scaled_dot_product_attention(q, k, v, attn_mask=m, scale=0.3), q, k, v, numbers(3, 5))

    def heads(query, key, value, *w, **options):
        """w: the four weights and biases, by turns."""
        split = lambda t: t.unflatten(-1, (2, 3)).transpose(-2, -3)
        q, k, v = (split(F.linear(t, w[2 * i].T, w[2 * i + 1])) for i, t in enumerate((query, key, value)))
        return F.linear(F.scaled_dot_product_attention(q, k, v, **options).transpose(-2, -3).flatten(-2), w[6].T, w[7])

    def module(query, key, value, *w):
        """The same by torch.nn.functional.multi_head_attention_forward, which wants the sequence first."""
        y, _ = F.multi_head_attention_forward(*(t.transpose(0, 1) for t in (query, key, value)), 6, 2, torch.cat([w[0].T, w[2].T, w[4].T]),
            torch.cat([w[1], w[3], w[5]]), None, None, False, 0.0, w[6].T, w[7])
        return y.transpose(0, 1)

    parameters = [t for _ in range(4) for t in (numbers(6, 6, scale=0.5), numbers(6))]
    query, key = numbers(2, 3, 6), numbers(2, 4, 6)
    case("multi-head attention", module, query, key, numbers(2, 4, 6), *parameters)
    case("multi-head attention, causal", lambda x, *w: heads(x, x, x, *w, is_causal=True), query, *parameters)

    def rotary(x):    # Su et al., equation 12, as products of complex numbers
        angle = torch.arange(3.0)[:, None] * 10_000 ** (-torch.arange(2.0) / 2)
        z = torch.complex(x[..., :2], x[..., 2:]) * torch.polar(torch.ones_like(angle), angle)
        return torch.cat([z.real, z.imag], -1)

    case("rotary", rotary, x)

    xs = numbers(4, 2, 3)
    for name, parts, cell in (("rnn", 1, torch.nn.RNN), ("lstm", 4, torch.nn.LSTM), ("gru", 3, torch.nn.GRU)):
        def run(x, w, u, b, *rest, cell=cell, parts=parts):
            layer = cell(3, 5)
            second = torch.cat([torch.zeros(10), rest[0]]) if rest else torch.zeros(5 * parts)
            y, state = torch.func.functional_call(layer, {"weight_ih_l0": w.T, "weight_hh_l0": u.T, "bias_ih_l0": b, "bias_hh_l0": second}, (x,))
            return torch.cat([y.flatten(), (state[1] if parts == 4 else state).flatten()])

        case(name, run, xs, numbers(3, 5 * parts), numbers(5, 5 * parts), numbers(5 * parts), *([numbers(5)] if name == "gru" else []))


def op(name, f, *variants):
    """One function at several inputs, a tuple each: "name", "name #2", …"""
    for k, inputs in enumerate(variants):
        case(name if k == 0 else f"{name} #{k + 1}", f, *inputs)


def ops():
    free = lambda: [(numbers(3, 4),), (numbers(5),)]
    between = lambda low, high: [((torch.rand(*shape, generator=random) * (high - low) + low).mul(1000).round().div(1000),) for shape in ((3, 4), (5,))]
    positive = lambda: between(0.1, 4)
    for name, f in (("exp", torch.exp), ("expm1", torch.expm1), ("exp2", torch.exp2), ("sin", torch.sin), ("cos", torch.cos), ("atan", torch.atan), ("sinh", torch.sinh),
                    ("cosh", torch.cosh), ("tanh", torch.tanh), ("asinh", torch.asinh), ("sigmoid", torch.sigmoid), ("erf", torch.erf), ("erfc", torch.erfc), ("sinc", torch.sinc),
                    ("square", torch.square), ("abs", torch.abs), ("neg", torch.neg), ("deg2rad", torch.deg2rad), ("rad2deg", torch.rad2deg), ("floor", torch.floor),
                    ("sign", torch.sign), ("softplus", lambda x: torch.logaddexp(x, torch.zeros_like(x)))):
        op(name, f, *free())
    for name, f in (("log", torch.log), ("log2", torch.log2), ("log10", torch.log10), ("log1p", torch.log1p), ("sqrt", torch.sqrt), ("rsqrt", torch.rsqrt),
                    ("reciprocal", torch.reciprocal), ("log gamma", torch.lgamma), ("digamma", torch.digamma), ("trigamma", lambda x: torch.polygamma(1, x)),
                    ("cbrt", lambda x: x ** (1 / 3)), ("power of 2.5", lambda x: x ** 2.5), ("log of 1 + exp(-x²)", lambda x: torch.log1p(torch.exp(-x * x)))):
        op(name, f, *positive())
    for name, f in (("asin", torch.asin), ("acos", torch.acos), ("atanh", torch.atanh), ("erfinv", torch.erfinv), ("logit", torch.logit)):
        op(name, f, *between(0.05, 0.95))
    op("tan", torch.tan, *between(-1.2, 1.2))
    op("acosh", torch.acosh, *between(1.2, 4))

    pair = lambda: [(numbers(3, 4), numbers(3, 4)), (numbers(2, 1), numbers(3))]
    upper = lambda: [(numbers(3, 4), between(1, 4)[0][0]), (numbers(2, 1), between(1, 4)[1][0])]
    for name, f in (("add", torch.add), ("subtract", torch.sub), ("multiply", torch.mul), ("atan2", torch.atan2), ("maximum", torch.maximum), ("minimum", torch.minimum),
                    ("hypot", torch.hypot), ("logaddexp", torch.logaddexp), ("where less", lambda x, y: torch.where(x < y, x * y, y ** 2))):
        op(name, f, *pair())
    for name, f in (("divide", torch.div), ("fmod", torch.fmod), ("remainder", torch.remainder), ("copysign", torch.copysign)):
        op(name, f, *upper())
    op("power", torch.pow, *[(x[0], y) for x, y in zip(positive(), (numbers(3, 4), numbers(1)))])
    op("clip", lambda x: torch.clip(x, -0.5, 0.7), *free())
    op("clip by tensors", torch.clip, (numbers(3, 4), numbers(4) - 1, numbers(4) + 1))

    matrix = lambda: [(numbers(3, 4),)]
    for axis in (None, 0, 1, -1):
        of = "all" if axis is None else f"axis {axis}"
        dims = (0, 1) if axis is None else (axis,)
        op(f"sum, {of}", lambda x: x.sum(dims), *matrix())
        op(f"mean, {of}", lambda x: x.mean(dims), *matrix())
        op(f"var, {of}", lambda x: x.var(dims, correction=1), *matrix())
        op(f"std, {of}", lambda x: x.std(dims, correction=0), *matrix())
        op(f"max, {of}", lambda x: x.amax(dims), *matrix())
        op(f"min, {of}", lambda x: x.amin(dims), *matrix())
        op(f"logsumexp, {of}", lambda x: x.logsumexp(dims), *matrix())
        op(f"prod, {of}", lambda x: x.prod() if axis is None else x.prod(axis), *matrix())
        op(f"norm, {of}", lambda x: torch.linalg.vector_norm(x, 2, dims), *matrix())
        op(f"norm 3, {of}", lambda x: torch.linalg.vector_norm(x, 3, dims), *matrix())
        if axis is None:
            continue
        op(f"cumsum, {of}", lambda x: x.cumsum(axis), *matrix())
        op(f"cumprod, {of}", lambda x: x.cumprod(axis), *matrix())
        op(f"logcumsumexp, {of}", lambda x: x.exp().cumsum(axis).log(), *matrix())    # torch.logcumsumexp has no derivative at a cotangent of 0
        op(f"cummax, {of}", lambda x: x.cummax(axis).values, *matrix())
        op(f"softmax, {of}", lambda x: x.softmax(axis), *matrix())
        op(f"log softmax, {of}", lambda x: x.log_softmax(axis), *matrix())
        op(f"sort, {of}", lambda x: x.sort(axis).values, *matrix())
        op(f"sort down, {of}", lambda x: x.sort(axis, descending=True).values, *matrix())
        op(f"top 2, {of}", lambda x: x.topk(2, axis).values, *matrix())
        op(f"median, {of}", lambda x: x.quantile(0.5, axis), *matrix())
        op(f"diff, {of}", lambda x: x.diff(dim=axis), *matrix())
        op(f"trapezoid, {of}", lambda x: torch.trapezoid(x, dim=axis), *matrix())
        op(f"flip, {of}", lambda x: x.flip(axis), *matrix())
        op(f"roll, {of}", lambda x: x.roll(2, axis), *matrix())
        op(f"repeat, {of}", lambda x: x.repeat_interleave(2, axis), *matrix())
    for method in ("linear", "lower", "higher", "nearest", "midpoint"):
        op(f"quantile, {method}", lambda x: torch.quantile(x, torch.tensor([0.2, 0.45, 0.9]), 1, interpolation=method), *matrix())
    op("quantile by q", lambda x, q: torch.quantile(x, q, 1), (numbers(3, 4), torch.tensor([0.2, 0.45])))
    op("nansum", lambda x: torch.where(x > 1, torch.nan, x).nansum(1), *matrix())
    op("nanmean", lambda x: torch.where(x > 1, torch.nan, x).nanmean(1), *matrix())
    op("nan to num", lambda x: torch.nan_to_num(torch.where(x > 1, torch.nan, x), 0.25), *matrix())
    op("cov", torch.cov, *matrix())
    op("corrcoef", torch.corrcoef, (numbers(2, 4),))
    op("average", lambda x, w: (x * w).sum(1) / w.sum(1), (numbers(3, 4), numbers(3, 4).abs() + 0.5))

    op("matmul", torch.matmul, (numbers(3, 4), numbers(4, 2)), (numbers(4), numbers(4)), (numbers(3, 4), numbers(4)), (numbers(4), numbers(4, 3)), (numbers(2, 3, 2), numbers(2, 2, 3)),
       (numbers(2, 1, 2, 3), numbers(2, 3, 1)), (numbers(2, 2, 3), numbers(3)))
    one = (numbers(3, 3),)
    for formula, inputs in (
            ("ij->ji", (numbers(2, 3),)), ("ii", one), ("ii->i", one), ("ij->", (numbers(2, 3),)), ("ij->j", (numbers(2, 3),)), ("ijj->i", (numbers(2, 3, 3),)), ("iij->ji", (numbers(3, 3, 2),)),
            ("i,i", (numbers(4), numbers(4))), ("i,j->ij", (numbers(3), numbers(4))), ("ij,jk", (numbers(3, 4), numbers(4, 2))), ("ij,jk->ki", (numbers(3, 4), numbers(4, 2))),
            ("ij,kj->ik", (numbers(3, 4), numbers(2, 4))), ("ij,ij->ij", (numbers(3, 4), numbers(3, 4))), ("ij,ij->i", (numbers(3, 4), numbers(3, 4))), ("ij,ij", (numbers(3, 4), numbers(3, 4))),
            ("bij,bjk->bik", (numbers(2, 2, 3), numbers(2, 3, 2))), ("bij,bkj->bki", (numbers(2, 2, 3), numbers(2, 4, 3))), ("ijk,jil->kl", (numbers(2, 3, 2), numbers(3, 2, 3))),
            ("bhid,bhjd->bhij", (numbers(1, 2, 2, 3), numbers(1, 2, 3, 3))), ("bihd,bjhd->bhij", (numbers(1, 2, 2, 3), numbers(1, 3, 2, 3))), ("ij,j,jk->ik", (numbers(2, 3), numbers(3), numbers(3, 2))),
            ("ij,jk,kl", (numbers(2, 3), numbers(3, 2), numbers(2, 3))), ("ij,jk,kl,lm->im", (numbers(2, 3), numbers(3, 2), numbers(2, 3), numbers(3, 2))),
            ("i,j,k->kij", (numbers(2), numbers(3), numbers(2))), ("ab,cd,ef->", (numbers(2, 2), numbers(2, 2), numbers(2, 2))), ("i,ij,j", (numbers(3), numbers(3, 4), numbers(4))),
            ("...ij,...jk", (numbers(2, 2, 3), numbers(3, 2))), ("...i->...", (numbers(2, 3),)), ("i...,i...->...", (numbers(3, 2), numbers(3, 1))), ("...ii->...i", (numbers(2, 3, 3),)),
            ("b...i,ij->b...j", (numbers(2, 2, 3), numbers(3, 2))), ("ij...,jk...->ik...", (numbers(2, 3, 2), numbers(3, 2, 1))), ("ai,bi,ci->abc", (numbers(2, 3), numbers(2, 3), numbers(2, 3))),
            ("iij,jk->ik", (numbers(3, 3, 2), numbers(2, 2)))):
        op(f"einsum {formula}", lambda *x: torch.einsum(formula, *x), inputs)
    op("tensordot 1", lambda a, b: torch.tensordot(a, b, 1), (numbers(2, 3), numbers(3, 4)))
    op("tensordot 2", lambda a, b: torch.tensordot(a, b, 2), (numbers(2, 3, 2), numbers(3, 2, 2)))
    op("tensordot 0", lambda a, b: torch.tensordot(a, b, 0), (numbers(2, 2), numbers(3)))
    op("tensordot of axes", lambda a, b: torch.tensordot(a, b, ([0, 2], [1, 0])), (numbers(2, 2, 3), numbers(3, 2, 2)))
    op("inner", torch.inner, (numbers(2, 3), numbers(2, 3)))
    op("outer", torch.outer, (numbers(3), numbers(4)))
    op("kron", torch.kron, (numbers(2, 2), numbers(2, 3)), (numbers(2), numbers(2, 2)))
    op("cross", torch.linalg.cross, (numbers(3), numbers(3)), (numbers(2, 3), numbers(1, 3)))

    op("transpose", lambda x: x.T, *matrix())
    op("move axis", lambda x: x.movedim(0, -1), (numbers(2, 3, 2),))
    op("swap axes", lambda x: x.swapaxes(0, 2), (numbers(2, 3, 2),))
    op("rot90", lambda x: x.rot90(), *matrix())
    op("tile", lambda x: x.tile(2, 2), (numbers(2, 3),), (numbers(3),))
    op("concatenate", lambda x, y: torch.cat([x, y, x], 1), (numbers(2, 2), numbers(2, 1)))
    op("stack", lambda x, y: torch.stack([x, y], 1), (numbers(2, 3), numbers(2, 3)))
    op("split", lambda x: x.split(2, 1)[1] * x.split(2, 1)[0], *matrix())
    op("pad", lambda x: F.pad(x, (1, 2, 0, 1), value=0.5), (numbers(2, 3),))
    op("pad reflect", lambda x: F.pad(x, (2, 1, 1, 1), mode="reflect"), (numbers(1, 2, 3),))
    op("pad edge", lambda x: F.pad(x, (2, 1, 1, 0), mode="replicate"), (numbers(1, 2, 3),))
    op("pad wrap", lambda x: F.pad(x, (2, 1, 1, 0), mode="circular"), (numbers(1, 2, 3),))
    for k in (-1, 0, 1):
        op(f"diagonal {k}", lambda x: x.diagonal(k), *matrix())
        op(f"diag {k}", lambda x: x.diag(k), (numbers(3),))
        op(f"diag embed {k}", lambda x: torch.diag_embed(x, k), (numbers(2, 2),))
        op(f"tril {k}", lambda x: x.tril(k), *matrix())
        op(f"triu {k}", lambda x: x.triu(k), (numbers(2, 3, 2),))
    op("trace", torch.trace, (numbers(3, 3),))
    op("vander", lambda x: x[:, None] ** torch.tensor([3.0, 2, 1, 0]), (numbers(3),))
    op("trapezoid of points", lambda y, x: torch.trapezoid(y, x), (numbers(3, 4), torch.tensor([0.0, 0.5, 2, 2.5])))
    op("conv full", lambda a, v: F.conv1d(a[None, None], v.flip(0)[None, None], padding=2)[0, 0], (numbers(5), numbers(3)))
    op("conv same", lambda a, v: F.conv1d(a[None, None], v.flip(0)[None, None], padding=1)[0, 0], (numbers(5), numbers(3)))
    op("correlate", lambda a, v: F.conv1d(a[None, None], v[None, None])[0, 0], (numbers(5), numbers(3)))
    op("linspace", lambda a, b: a + (b - a) * torch.linspace(0, 1, 5)[:, None], (numbers(2), numbers(2)))
    op("polyval", lambda c, x: ((c[0] * x + c[1]) * x + c[2]) * x + c[3], (numbers(4), numbers(3)))

    rows = torch.tensor([2, 0, 2])
    op("index", lambda x: x[1:, ::2] * x[0, 1], *matrix())
    op("index of rows", lambda x: x[rows], *matrix())
    op("index of elements", lambda x: x[rows, torch.tensor([1, 3, 1])], *matrix())
    op("index by a mask", lambda x: x[torch.tensor([[True, False, True, True], [False] * 4, [True, True, False, False]])], *matrix())
    op("take along axis", lambda x: x.take_along_dim(torch.tensor([[0, 3], [1, 1], [2, 0]]), 1), *matrix())
    op("at add", lambda x, v: x.index_add(0, rows, v), (numbers(3, 4), numbers(3, 4)))
    op("at set", lambda x, v: x.index_copy(0, torch.tensor([2, 0]), v), (numbers(3, 4), numbers(2, 4)))
    op("at multiply", lambda x, v: torch.cat([x[:1] * v, x[1:]]), (numbers(3, 4), numbers(4)))
    op("segments", lambda w: torch.zeros(3).index_add(0, rows, w), (numbers(3),))
    op("unfold", lambda x: x.unfold(0, 3, 1).prod(-1), (numbers(6),))


def linalg():
    L = torch.linalg
    square = lambda *shape: numbers(*shape, scale=0.5) + 2 * torch.eye(shape[-1])
    spread = lambda *shape: numbers(*shape, scale=0.3) + torch.eye(shape[-2], shape[-1]) * (torch.arange(shape[-1]) + 1.0)
    definite = lambda x: x @ x.mT + torch.eye(x.shape[-1])
    symmetric = lambda x: x + x.mT
    op("cholesky", lambda x: L.cholesky(definite(x)), *[(numbers(*s),) for s in ((1, 1), (2, 2), (4, 4), (2, 3, 3))])
    op("cholesky of the symmetric part", lambda x: L.cholesky((x + x.mT) / 2), (square(3, 3),))
    op("cholesky solve", lambda x, b: torch.cholesky_solve(b, L.cholesky(definite(x))), (numbers(3, 3), numbers(3, 2)))
    op("solve", L.solve, (square(3, 3), numbers(3)), (square(3, 3), numbers(3, 2)), (square(2, 2, 2), numbers(2, 2, 2)), (square(1, 1), numbers(1)))
    for lower in (True, False):
        side = "lower" if lower else "upper"
        op(f"triangular solve, {side}", lambda a, b: L.solve_triangular(a, b, upper=not lower), (square(3, 3), numbers(3, 2)), (square(2, 2, 2), numbers(2, 2, 2)))
        op(f"triangular solve, {side}, unit", lambda a, b: L.solve_triangular(a, b, upper=not lower, unitriangular=True), (square(3, 3), numbers(3, 2)))
    op("inverse", L.inv, *[(square(*s),) for s in ((1, 1), (2, 2), (3, 3), (4, 4), (2, 3, 3))])
    op("det", L.det, *[(square(*s),) for s in ((1, 1), (2, 2), (3, 3), (4, 4), (2, 3, 3), (2, 4, 4))])
    op("slogdet", lambda x: L.slogdet(x).logabsdet, *[(square(*s),) for s in ((2, 2), (4, 4), (2, 3, 3))], (-square(3, 3),))
    op("q of qr", lambda x: L.qr(x).Q, *[(spread(*s),) for s in ((3, 3), (4, 2), (2, 3, 2), (2, 4))])
    op("r of qr", lambda x: L.qr(x).R, *[(spread(*s),) for s in ((3, 3), (4, 2), (2, 3, 2), (2, 4))])
    op("singular values", L.svdvals, *[(spread(*s),) for s in ((3, 3), (4, 2), (2, 4), (2, 3, 2))])
    # No sign of a singular vector shows in these.
    op("projector of u", lambda x: L.svd(x, full_matrices=False).U[..., :1] @ L.svd(x, full_matrices=False).U[..., :1].mT, *[(spread(*s),) for s in ((3, 3), (4, 2), (2, 4))])
    op("squares of v", lambda x: L.svd(x, full_matrices=False).Vh ** 2, *[(spread(*s),) for s in ((3, 3), (4, 2), (2, 4), (2, 3, 2))])
    op("polar factor", lambda x: L.svd(x, full_matrices=False).U @ L.svd(x, full_matrices=False).Vh, *[(spread(*s),) for s in ((3, 3), (3, 2), (2, 3))])
    op("eigenvalues", lambda x: L.eigvalsh(symmetric(x)), *[(spread(*s),) for s in ((1, 1), (3, 3), (4, 4), (2, 3, 3))])
    op("squares of eigenvectors", lambda x: L.eigh(symmetric(x)).eigenvectors ** 2, *[(spread(*s),) for s in ((3, 3), (4, 4), (2, 3, 3))])
    op("root of a matrix", lambda x: (lambda w, v: v @ torch.diag(w.sqrt()) @ v.mT)(*L.eigh(definite(x))), (spread(3, 3),))
    op("least squares", lambda a, b: L.pinv(a) @ b, (spread(4, 2), numbers(4)), (spread(4, 2), numbers(4, 2)), (spread(2, 4), numbers(2)), (spread(3, 3), numbers(3, 2)), (spread(2, 3, 2), numbers(2, 3, 1)))
    op("least squares, by qr", lambda a, b: L.solve_triangular(L.qr(a).R, L.qr(a).Q.mT @ b, upper=True), (spread(4, 3), numbers(4, 1)))
    op("pseudo-inverse", L.pinv, *[(spread(*s),) for s in ((3, 3), (4, 2), (2, 4), (2, 3, 2))])
    rank = numbers(4, 1)
    op("pseudo-inverse of rank 1", lambda u, v: L.pinv(u @ v), (rank, numbers(1, 3)))
    for n in (-2, 0, 1, 2, 5):
        op(f"power {n}", lambda x: L.matrix_power(x, n), (square(3, 3),), (square(2, 2, 2),))
    op("expm", torch.matrix_exp, *[(numbers(*s),) for s in ((1, 1), (2, 2), (3, 3), (2, 2, 2))], (10 * numbers(3, 3),))
    for order in ("fro", "nuc", 1, 2, float("inf"), -1, -2, float("-inf")):
        op(f"matrix norm {order}", lambda x: L.matrix_norm(x, order), (spread(3, 3),), (spread(2, 3, 2),))
    for order in (0.5, 1, 1.5, 2, 4, float("inf"), float("-inf")):
        op(f"vector norm {order}", lambda x: L.vector_norm(x, order, -1), (numbers(4) + 0.1,), (numbers(2, 3) + 0.1,))
    op("condition number", L.cond, (spread(3, 3),), (spread(4, 2),))
    op("log of a normal density", lambda x, s: torch.distributions.MultivariateNormal(torch.zeros(3), definite(s)).log_prob(x), (numbers(2, 3), numbers(3, 3)))
    op("schur complement", lambda a, b: a - b.mT @ L.solve(definite(a), b), (numbers(2, 2), numbers(2, 2)))
    tall = ((spread(4, 2),), (spread(2, 3, 1),), (spread(5, 3),))
    beyond = lambda x: torch.eye(x.shape[-2]) - x @ L.pinv(x)    # the projector onto what x does not reach
    op("complement of q", beyond, *tall)
    op("complement of u", beyond, *tall)
    op("complement of v", beyond, *tall)


if __name__ == "__main__":
    family = sys.argv[1]
    globals()[family]()
    print('{"source": "PyTorch %s, float64, tests/golden/pytorch.py %s", "cases": [' % (torch.__version__.split("+")[0], family))
    print(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases))
    print("]}")
