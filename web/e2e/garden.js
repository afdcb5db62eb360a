// Owns the people and the words of the pictures.

const MINUTE = 60_000;
const ago = (minutes) => new Date(Date.now() - minutes * MINUTE).toISOString();
const said = (minutes, room, user, text) => ({ time: ago(minutes), room, user, text });

export const PEOPLE = [
  { username: "ada", display_name: "Ada Lindqvist", status: "In the garden until noon" },
  { username: "bo", display_name: "Bo Nakamura", status: "" },
  { username: "chidi", display_name: "Chidi Okafor", status: "On the night train to Vienna" },
  { username: "dana", display_name: "Dana Weiss", status: "" },
  { username: "emil", display_name: "Emil Soares", status: "Reading proofs" },
];

export const HISTORY = [
  said(2_900, "kitchen", "chidi", "The sourdough is awake again."),
  said(2_890, "kitchen", "ada", "Did you feed it rye?"),
  said(2_700, "library", "emil", "I returned the book about moss. Page 94 is worth the whole of it."),
  said(2_600, "bicycles", "dana", "Who has the long pump?"),
  said(1_510, "garden", "bo", "Morning. The frost did not reach the beans, only the two pots by the gate."),
  said(1_509, "garden", "bo", "I put the fleece over them anyway."),
  said(1_500, "garden", "dana", "Thank you! I worried about that all night."),
  said(1_420, "garden", "emil", "Ada said there is a spare bed by the north wall. I would like to grow something that my daughter can eat straight from the plant."),
  said(
    1_400,
    "garden",
    "chidi",
    "Then peas, and a row of strawberries. The soil there is heavy, so:\n1. two barrows of compost\n2. a week of patience\n3. sow when the hawthorn flowers",
  ),
  said(96, "garden", "ada", "What Chidi says. And here is the plan of the beds, Emil: https://garden.example/plan?bed=north (yours is number seven)"),
  said(90, "garden", "bo", "@ada has the good wheelbarrow. I have the one that squeaks."),
];

export const NOW = [
  { by: "emil", text: "Two barrows it is. Is Saturday good for anybody?", answers: "Then peas" },
  {
    by: "ada",
    text: "Saturday at nine, then. I bring the good wheelbarrow.",
    edit: "Saturday at nine, then. The key hangs where it always hangs. I bring the good wheelbarrow and the bad coffee.",
  },
  { by: "ada", text: "Whoever comes first opens the water." },
  { by: "chidi", text: "🌱" },
  { by: "dana", text: "I can do nine. @emil bring your daughter, there is a robin that sits on the spade handle and does not mind people at all." },
  { by: "emil", text: "She has already packed her boots." },
];
