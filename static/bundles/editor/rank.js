// Orders the completions of a word: names that begin with it, in its case first, then those with a part that does, then those that contain
// it, then those with its letters. Of equal ones the lower `rank` comes first, then the order in which they are given.
const EQUAL = 0;
const SAME_CASE = 1;
const BEGINNING = 2;
const PART = 3;
const INSIDE = 4;
const LETTERS = 5;

export function ranked(options, word) {
  const matching = options.map((option) => ({ option, match: matchOf(option, word) }));
  const kept = matching.filter(({ option, match }) => match && match.tier <= (option.worst ?? LETTERS));
  kept.sort((a, b) => a.match.tier - b.match.tier || a.option.rank - b.option.rank);
  return kept.map(({ option, match }) => ({ ...option, found: match.found }));
}

export { BEGINNING, INSIDE };

// How the label contains the word, and where. Keywords have no case of their own.
function matchOf({ label, isKeyword }, word) {
  const [text, wanted] = [label.toLowerCase(), word.toLowerCase()];
  if (text.startsWith(wanted)) {
    const tier = text === wanted ? EQUAL : !isKeyword && label.startsWith(word) ? SAME_CASE : BEGINNING;
    return { tier, found: wanted === "" ? [] : [0, wanted.length] };
  }
  const part = partThatBegins(label, text, wanted);
  const at = part < 0 ? text.indexOf(wanted) : part;
  if (at >= 0) {
    return { tier: part < 0 ? INSIDE : PART, found: [at, at + wanted.length] };
  }
  return lettersOf(text, wanted);
}

// Parts begin after a space or a sign, and where a capital follows a small letter.
function partThatBegins(label, text, wanted) {
  let at = text.indexOf(wanted);
  while (at > 0 && /[\p{L}\p{N}]/u.test(label[at - 1]) && !/\p{Ll}\p{Lu}/u.test(label.slice(at - 1, at + 1))) {
    at = text.indexOf(wanted, at + 1);
  }
  return at;
}

function lettersOf(text, wanted) {
  const found = [];
  let at = -1;
  for (const letter of wanted) {
    at = text.indexOf(letter, at + 1);
    if (at < 0 || (found.length === 0 && at > 0)) {
      return undefined;
    }
    found.push(at, at + letter.length);
  }
  return { tier: LETTERS, found };
}
