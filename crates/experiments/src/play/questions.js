// The questions: German, then English. The first three are those of the slides, in other words.
"use strict";

const QUIZ = [
  {
    question: ["Ein Neuron, das immer 1 ausgibt, macht aus Wx + b ein einziges Produkt Wx. Wo begegnet einem derselbe Trick?",
      "A neuron that always returns 1 turns Wx + b into a single product Wx. Where is the same trick used?"],
    answers: [["Bei der Standardisierung von Merkmalen", "In the standardisation of features"],
      ["Bei homogenen Koordinaten", "In homogeneous coordinates"],
      ["Bei der Fourier-Transformation", "In the Fourier transform"]],
    right: 1,
    why: ["Homogene Koordinaten hängen an jeden Punkt eine 1. Eine Matrix kann ihn dann auch verschieben, so wie hier das Gewicht w<sub>k0</sub> = b<sub>k</sub> den Bias addiert.",
      "Homogeneous coordinates append a 1 to each point. A matrix can then also shift it, as the weight w<sub>k0</sub> = b<sub>k</sub> adds the bias here."],
  },
  {
    question: ["Warum bringen mehr Schichten nur mit einer nichtlinearen Aktivierungsfunktion etwas?",
      "Why do more layers help only with a nonlinear activation function?"],
    answers: [["Ohne sie sind die Schichten zusammen eine einzige lineare Abbildung", "Without it the layers together are a single linear map"],
      ["Ohne sie sind die Gradienten null", "Without it the gradients are zero"],
      ["Ohne sie sind die Ausgaben keine Wahrscheinlichkeiten", "Without it the outputs are no probabilities"]],
    right: 0,
    why: ["W₂(W₁x) = (W₂W₁)x: Das Produkt der Matrizen ist wieder eine Matrix, und die Grenze bleibt gerade.",
      "W₂(W₁x) = (W₂W₁)x: the product of the matrices is a matrix again, and the border stays straight."],
  },
  {
    question: ["Wo wird in der Bildverarbeitung nach demselben Grundgedanken wie beim Training optimiert?",
      "Where does image processing optimise by the same basic idea as training?"],
    answers: [["Bei der Zählung der Pixel in einem Histogramm", "In counting the pixels of a histogram"],
      ["Beim Nachschlagen einer Farbe in einer Tabelle", "In looking up a colour in a table"],
      ["Bei Variationsmethoden wie aktiven Konturen, die eine Energie minimieren", "In variational methods such as active contours, which minimise an energy"]],
    right: 2,
    why: ["Auch dort folgt man in kleinen Schritten dem negativen Gradienten: Die Energie hat dieselbe Rolle wie der Verlust, und die Kontur die der Gewichte.",
      "There too one follows the negative gradient in small steps: the energy has the role of the loss, and the contour that of the weights."],
  },
  {
    question: ["Alle Gewichte eines Netzes mit verborgenen Schichten beginnen bei null. Was geschieht?",
      "All weights of a network with hidden layers start at zero. What happens?"],
    answers: [["Es lernt langsamer, aber dasselbe", "It learns more slowly, but the same"],
      ["Die Neurone einer Schicht bleiben gleich, und es lernt nichts Brauchbares", "The neurons of a layer stay equal, and it learns nothing useful"],
      ["Es lernt besser, weil nichts zufällig ist", "It learns better, because nothing is random"]],
    right: 1,
    why: ["Gleiche Gewichte führen zu gleichen Gradienten und gleichen Schritten. Erst zufällige Anfangswerte machen die Neurone verschieden; ein Bias darf bei null beginnen.",
      "Equal weights lead to equal gradients and equal steps. Only random first values make the neurons differ; a bias may start at zero."],
  },
  {
    question: ["Der Gradient bleibt viele Schritte lang derselbe. Wievielmal so lang werden die Schritte mit Momentum μ = 0,9?",
      "The gradient stays the same for many steps. How many times as long do the steps become with momentum μ = 0.9?"],
    answers: [["0,9-mal", "0.9 times"], ["1,9-mal", "1.9 times"], ["10-mal", "10 times"]],
    right: 2,
    why: ["v nähert sich g(1 + μ + μ² + …) = g / (1 − μ), also dem Zehnfachen. Darum verlangt ein großes Momentum oft eine kleinere Lernrate.",
      "v approaches g(1 + μ + μ² + …) = g / (1 − μ), which is ten times g. That is why a large momentum often needs a smaller learning rate."],
  },
  {
    question: ["Wie viele Schichten hat ein Netz mit 3072 Eingaben, zwei verborgenen Schichten und 10 Bewertungen?",
      "How many layers does a network with 3072 inputs, two hidden layers and 10 scores have?"],
    answers: [["zwei", "two"], ["drei", "three"], ["vier", "four"]],
    right: 1,
    why: ["Die Eingabe hat keine Gewichte und zählt nicht mit; es bleiben zwei verborgene Schichten und die Ausgabe. Ab zwei verborgenen Schichten heißt ein Netz tief.",
      "The input has no weights and does not count; two hidden layers and the output remain. From two hidden layers on a network is called deep."],
  },
  {
    question: ["Welche Daten entscheiden über die Breite der Schichten?", "Which data decide the width of the layers?"],
    answers: [["Die Testdaten", "The test data"], ["Die Trainingsdaten", "The training data"],
      ["Die Validierungsdaten", "The validation data"]],
    right: 2,
    why: ["Der Trainingsverlust sinkt mit mehr Gewichten fast immer. Was an den Testdaten gewählt wurde, hat sie schon gesehen, so dass sie das Risiko dann zu niedrig schätzen.",
      "The training loss nearly always falls with more weights. A choice by the test data has already seen them, so that they then estimate the risk too low."],
  },
  {
    question: ["5 % der Fälle sind positiv. Welche Korrektklassifikationsrate hat ein Klassifikator, der immer „negativ“ sagt?",
      "5 % of the cases are positive. What is the accuracy of a classifier that always says “negative”?"],
    answers: [["5 %", "5 %"], ["50 %", "50 %"], ["95 %", "95 %"]],
    right: 2,
    why: ["95 % der Antworten stimmen, und doch ist die Sensitivität 0. Bei seltenen Klassen sagt diese Rate allein daher wenig; oben sieht man es mit hohem Schwellenwert.",
      "95 % of the answers are right, and yet the sensitivity is 0. So for rare classes this rate alone says little; a high threshold above shows it."],
  },
];

QUIZ.forEach(({ question, answers, why }, i) => {
  Object.assign(WORDS, { [`quiz${i}`]: question, [`quiz${i}why`]: why });
  answers.forEach((answer, k) => (WORDS[`quiz${i}answer${k}`] = answer));
});
