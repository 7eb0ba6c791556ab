// Item-to-item co-occurrence as a service, in plain Node: `node examples/recommender_server.mjs 8000`.
// "People who chose what you chose also chose …": an item's score is the number of people it shares with your history.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
const instances = new Map(); // by instance: what was learnt from one log
async function fit(request) {
  const chosenBy = new Map(), choosers = new Map(); // person → items, item → people
  let instance = null;
  for await (const line of createInterface({ input: request })) {
    const { instance: id, items = [], interactions = [] } = JSON.parse(line);
    instance ??= id;
    for (const { item_id } of items) choosers.set(item_id, []);
    for (const { user_id, item_id, clicked } of interactions) {
      if (!clicked) continue;
      if (!chosenBy.has(user_id)) chosenBy.set(user_id, []);
      chosenBy.get(user_id).push(item_id), choosers.get(item_id).push(user_id);
    }
  }
  const popular = [...choosers.keys()].sort((a, b) => choosers.get(b).length - choosers.get(a).length);
  instances.set(instance, { chosenBy, choosers, popular, near: new Map() });
  return {};
}

function near(model, item) { // what was chosen by the people who chose `item`, and by how many of them; reckoned once
  if (!model.near.has(item)) {
    const shared = new Map();
    for (const person of (model.choosers.get(item) ?? []).slice(0, 200))
      for (const other of model.chosenBy.get(person)) shared.set(other, (shared.get(other) ?? 0) + 1);
    model.near.set(item, [...shared].sort((a, b) => b[1] - a[1]).slice(0, 100));
  }
  return model.near.get(item);
}

function slate(model, { history, exclude, candidates }, k) {
  const hidden = new Set(exclude), allowed = new Set(candidates ?? model.popular), scores = new Map(), best = new Set();
  for (const item of history.slice(-20))
    for (const [other, people] of near(model, item)) scores.set(other, (scores.get(other) ?? 0) + people);
  const ranked = [...scores.keys()].sort((a, b) => scores.get(b) - scores.get(a)); // then what is popular
  for (const item of [...ranked, ...model.popular])
    if (best.size < k && allowed.has(item) && !hidden.has(item)) best.add(item);
  return { item_ids: [...best] };
}

async function answer(request) {
  if (request.method === "GET") return [200, { protocol: 1, name: "co-occurrence", capabilities: { fits: true } }];
  if (request.url === "/fit") return [200, await fit(request)];
  if (request.url !== "/recommend") return [404, { error: "no such route" }];
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  const { instance, requests, k } = JSON.parse(text);
  const model = instances.get(instance);
  if (!model) return [409, { error: "this instance was never fitted here" }];
  return [200, { slates: requests.map((one) => slate(model, one, k)) }];
}

createServer(async (request, response) => {
  const [status, body] = await answer(request).catch((error) => [500, { error: String(error) }]);
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}).listen(Number(process.argv[2] ?? 8000), "127.0.0.1", function () { console.log(`http://127.0.0.1:${this.address().port}`); });
