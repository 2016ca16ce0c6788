// A small fully connected network that learns points of the plane, for the browser and for Node.
"use strict";

/** Draws a point of class 0 or 1; `u` is a uniform generator. All lie in about [-1, 1]^2. */
const SHAPES = {
  clouds: (c) => (c ? [0.45, 0.45] : [-0.45, -0.45]),
  circle: (c, u) => {
    const [r, a] = [c ? 0.45 * Math.sqrt(u()) : 0.7 + 0.25 * u(), 2 * Math.PI * u()];
    return [r * Math.cos(a), r * Math.sin(a)];
  },
  xor: (c, u) => {
    const [x, y] = [0.1 + 0.8 * u(), 0.1 + 0.8 * u()];
    const side = u() < 0.5 ? 1 : -1;
    return [side * x, (c ? -side : side) * y];
  },
  moons: (c, u) => {
    const a = Math.PI * u();
    return c ? [0.3 + 0.6 * Math.cos(a), 0.15 - 0.6 * Math.sin(a)]
      : [-0.3 + 0.6 * Math.cos(a), -0.15 + 0.6 * Math.sin(a)];
  },
  spirals: (c, u) => {
    const along = Math.sqrt(u());
    const a = 2.4 * Math.PI * along + Math.PI * c;
    return [along * Math.cos(a), along * Math.sin(a)];
  },
};

/** Draws n points with their classes, in turn; `noise` is a standard deviation. */
function drawPoints(shape, n, noise, seed) {
  const uniform = generator(seed);
  return Array.from({ length: n }, (_, i) => {
    const x = SHAPES[shape](i % 2, uniform).map((value) => value + noise * normalDraw(uniform));
    return { x, y: i % 2 };
  });
}

/** A multilayer perceptron with two inputs and one score for each of two classes. */
class Network {
  /** `depth` hidden layers of `width` neurons; depth 0 is the linear classifier. */
  constructor({ width, depth, activation, seed }) {
    this.activation = activation;
    this.uniform = generator(seed);
    const sizes = [2, ...Array(depth).fill(width), 2];
    this.layers = sizes.slice(1).map((outputs, l) => {
      const [inputs, last] = [sizes[l], l === depth];
      // He's variance for ReLU and its like, Xavier's for other functions and for the scores.
      const he = !last && !["identity", "tanh", "logistic"].includes(activation);
      const deviation = Math.sqrt((he ? 2 : 1) / inputs);
      const list = (n, f = () => 0) => Float64Array.from({ length: n }, f);
      const w = list(outputs * inputs, () => deviation * normalDraw(this.uniform));
      const [b, sum, out, mask] = [list(outputs), list(outputs), list(outputs), list(outputs)];
      const [vw, vb, gw, gb] = [list(w.length), list(outputs), list(w.length), list(outputs)];
      return { inputs, outputs, last, w, b, sum, out, mask, vw, vb, gw, gb };
    });
  }

  /** Computes the two scores. In training (`dropout` above 0) hidden neurons are left out. */
  forward(x, dropout = 0) {
    const f = ACTIVATIONS[this.activation][0];
    for (const layer of this.layers) {
      for (let k = 0; k < layer.outputs; k++) {
        let sum = layer.b[k];
        for (let j = 0; j < layer.inputs; j++) sum += layer.w[k * layer.inputs + j] * x[j];
        // What is kept is divided by the probability to keep it.
        const dropped = !layer.last && dropout > 0 && this.uniform() < dropout;
        layer.mask[k] = dropped ? 0 : layer.last ? 1 : 1 / (1 - dropout);
        layer.sum[k] = sum;
        layer.out[k] = layer.last ? sum : layer.mask[k] * f(sum);
      }
      x = layer.out;
    }
    return x;
  }

  /** Backpropagation: adds the gradient of one example's cross-entropy, times `share`. */
  backward({ x, y }, share) {
    const derivative = ACTIVATIONS[this.activation][1];
    let delta = crossEntropyGradient([...this.layers.at(-1).out], y);
    for (let l = this.layers.length - 1; l >= 0; l--) {
      const layer = this.layers[l];
      const input = l > 0 ? this.layers[l - 1].out : x;
      const back = new Float64Array(layer.inputs);
      for (let k = 0; k < layer.outputs; k++) {
        const d = layer.last ? delta[k] : delta[k] * layer.mask[k] * derivative(layer.sum[k]);
        layer.gb[k] += share * d;
        for (let j = 0; j < layer.inputs; j++) {
          layer.gw[k * layer.inputs + j] += share * d * input[j];
          back[j] += d * layer.w[k * layer.inputs + j];
        }
      }
      delta = back;
    }
  }

  /** Sets the gradients to those of the mean loss over a batch. Returns the mean loss. */
  gradients(batch, dropout = 0) {
    for (const layer of this.layers) [layer.gw, layer.gb].forEach((g) => g.fill(0));
    let loss = 0;
    for (const example of batch) {
      loss += crossEntropy([...this.forward(example.x, dropout)], example.y) / batch.length;
      this.backward(example, 1 / batch.length);
    }
    return loss;
  }

  /** One pass over the points in random order. The penalty is on weights, not on biases. */
  epoch(points, { batch, dropout, penalty, rate, momentum }) {
    const order = points.map((point) => [this.uniform(), point]).sort((a, b) => a[0] - b[0]);
    for (let i = 0; i < order.length; i += batch) {
      this.gradients(order.slice(i, i + batch).map(([, point]) => point), dropout);
      for (const { w, b, vw, vb, gw, gb } of this.layers) {
        descendStep(w, vw, gw, { rate, momentum, penalty });
        descendStep(b, vb, gb, { rate, momentum });
      }
    }
  }

  /** Returns the mean loss and the share of right answers, without dropout. */
  evaluate(points) {
    let [loss, right] = [0, 0];
    for (const { x, y } of points) {
      const s = [...this.forward(x)];
      loss += crossEntropy(s, y);
      right += Number(Number(s[1] > s[0]) === y);
    }
    return { loss: loss / points.length, accuracy: right / points.length };
  }

  /** The lecture's R(W): the sum of all squared weights. */
  squaredWeights() {
    const sum = (w) => w.reduce((total, weight) => total + weight * weight, 0);
    return this.layers.reduce((total, layer) => total + sum(layer.w), 0);
  }
}
