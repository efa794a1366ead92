// What the element says, and the reasons it offers, unless the page has words of its own.

export const english = {
  answer: "Rate this answer", // names the two thumbs
  conversation: "Rate this conversation", // names them where there is no message
  up: "Helpful",
  down: "Not helpful",
  title: "What went wrong?",
  reasons: "Reasons",
  note: "Anything to add? (optional)",
  correction: "What should it have said? (optional)",
  skip: "Skip",
  save: "Send",
  thanks: "Thank you for telling us.",
  failed: "That was not saved. Please try again.",
  long: "That is too long: please write at most {max} characters.",
  denied: "You cannot rate this. Please reload the page.",
};

export const reasons = {
  incorrect: "Incorrect", unhelpful: "Not what I asked", incomplete: "Incomplete", "too slow": "Too slow", other: "Something else",
};
