// The questions of the slides, and some more: every answer is explained.
"use strict";

{
  const section = make("section", { id: "quiz", "aria-labelledby": "quiz-h" },
    make("h2", { id: "quiz-h", "data-t": "quiz" }),
    make("p", { class: "source", "data-t": "quizSource" }),
    make("p", { class: "try" }, make("strong", { "data-t": "try" }), " ",
      make("span", { "data-t": "quizTry" })));
  QUIZ.forEach(({ right, answers }, i) => {
    const explanation = make("p", { class: "answer", role: "status", hidden: "" },
      make("strong"), " ", make("span", { "data-t": `quiz${i}why` }));
    let chosen = null;
    const verdict = () => {
      if (chosen === null) return;
      explanation.firstChild.textContent = say(chosen === right ? "correct" : "incorrect");
    };
    const choices = answers.map((_, k) => {
      const input = make("input", { type: "radio", name: `quiz${i}`, value: k });
      input.addEventListener("change", () => {
        chosen = k;
        explanation.hidden = false;
        explanation.classList.toggle("right", chosen === right);
        verdict();
      });
      return make("label", {}, input, make("span", { "data-t": `quiz${i}answer${k}` }));
    });
    section.append(make("fieldset", {}, make("legend", { "data-t": `quiz${i}` }), ...choices,
      explanation));
    PARTS.push({ shown: [verdict], update: () => {} });
  });
  document.querySelector("main").append(section);
  document.querySelector("nav").append(make("a", { href: "#quiz", "data-t": "quizShort" }));
}

for (const button of document.querySelectorAll("[data-language]")) {
  button.addEventListener("click", () => speak(button.dataset.language));
}
speak(language);
