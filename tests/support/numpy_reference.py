"""Sideways for dense layers in plain numpy, from equations (3) to (5) of the paper: no automatic differentiation.

Unit `v` computes `z_v[t] = tanh(in_v[t] W_v + b_v)`, where `in_v[t]` joins what it reads. Its cotangent is the sum of
what its readers returned `d` ticks ago, its pseudo-gradient the product with what it holds now.
"""

import numpy as np


def pseudo_gradients(units, subnetwork, weights, video, targets, valid_from, prediction_latency=0, learning_rate=None):
    """Loss and averaged pseudo-gradients of a network without clocks, loss: mean square per example.

    With a `learning_rate`, the weights of a subnetwork move at the end of every tick at which all its units have a
    gradient; the weights at the end are returned as well.

    Args:
        units: {name: inputs} in order; the last one is the output.
        subnetwork: {name: index}.
        weights: {name: (W [inputs, outputs], b [outputs])}.
        video: [batch, time, features].
        targets: [batch, time, features].
        valid_from: {name: first valid tick}.
        prediction_latency: in frames.

    Returns:
        loss, {name: (dW, db)}, {name: (dW [time, ...], db [time, ...])}, {name: number of ticks averaged}.
    """
    names, output, weights = list(units), list(units)[-1], dict(weights)
    batch, num_frames, _ = video.shape
    z, returned = {}, {}

    def delay(source, reader):
        return 0 if source == "frame" else int(subnetwork[source] != subnetwork[reader])

    reach = {output: max(valid_from[output], prediction_latency)}
    for name in reversed(names):
        for source in units[name]:
            if source != "frame" and name in reach:
                reach[source] = min(reach.get(source, 10**9), reach[name] + delay(source, name))
    single = {name: [] for name in names}
    losses = []
    for t in range(num_frames):
        inputs = {}
        for name in names:
            width = weights[name][0].shape[1]
            parts = []
            for source in units[name]:
                if source == "frame":
                    parts.append(video[:, t])
                else:
                    empty = np.zeros((batch, weights[source][0].shape[1]))
                    parts.append(z.get((source, t - delay(source, name)), empty))
            inputs[name] = np.concatenate(parts, -1)
            z[name, t] = np.tanh(inputs[name] @ weights[name][0] + weights[name][1])
            assert z[name, t].shape == (batch, width)
        for name in reversed(names):
            cotangent = np.zeros_like(z[name, t])
            if name == output and t >= reach[output]:
                difference = z[name, t] - targets[:, t - prediction_latency]
                losses.append((difference**2).mean())
                cotangent += 2 * difference / difference.size
            for reader in names:
                for place, source in enumerate(units[reader]):
                    if source == name:
                        cotangent += returned.get((reader, place, t - delay(name, reader)), 0)
            slope = cotangent * (1 - z[name, t] ** 2)
            single[name].append((inputs[name].T @ slope, slope.sum(0)))
            back = slope @ weights[name][0].T
            begin = 0
            for place, source in enumerate(units[name]):
                width = video.shape[-1] if source == "frame" else weights[source][0].shape[1]
                returned[name, place, t] = back[:, begin : begin + width]
                begin += width
        for name in names if learning_rate else ():
            mates = [mate for mate in names if subnetwork[mate] == subnetwork[name]]
            if t >= max(max(valid_from[mate], reach[mate]) for mate in mates):
                pairs = zip(weights[name], single[name][-1], strict=True)
                weights[name] = tuple(value - learning_rate * gradient for value, gradient in pairs)
    counts = {name: num_frames - max(valid_from[name], reach[name]) for name in names}
    per_tick = {name: tuple(np.stack(values) for values in zip(*single[name], strict=True)) for name in names}
    averages = {name: tuple(values.sum(0) / counts[name] for values in per_tick[name]) for name in names}
    if learning_rate:
        return np.mean(losses), averages, per_tick, counts, weights
    return np.mean(losses), averages, per_tick, counts
