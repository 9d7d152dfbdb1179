// Work for the interpreter: closures, prototypes, exceptions, regular expressions, JSON, sorting, garbage.
// mujs work.js ROUNDS. Nothing printed depends on addresses or the clock.
var rounds = Number(scriptArgs[0]) || 10;
var digest = 17;
function mix(text) {
	text = String(text);
	for (var i = 0; i < text.length; i += 1 + (text.length >> 6))
		digest = (digest * 31 + text.charCodeAt(i)) % 1000000007;
}
function stream(seed) {
	var state = seed;
	return function (limit) {
		state = state * 48271 % 2147483647;
		return state % limit;
	};
}
function Shape(name) { this.name = name; }
Shape.prototype.area = function () { return 0; };
Shape.prototype.toString = function () { return this.name + ":" + this.area().toFixed(3); };
function Circle(r) { Shape.call(this, "circle"); this.r = r; }
Circle.prototype = Object.create(Shape.prototype);
Circle.prototype.area = function () { return 3.25 * this.r * this.r; };

function faulty(kind, depth) {
	if (depth > 0) return faulty(kind, depth - 1) + 1;
	if (kind == 0) throw "plain";
	if (kind == 1) throw { code: 42 };
	if (kind == 2) return undefinedVariable;
	if (kind == 3) return null.field;
	if (kind == 4) return new Circle(3).missing();
	return 7;
}
function errors(draw) {
	for (var kind = 0; kind < 6; ++kind) {
		try {
			mix(faulty(kind, draw(12)));
		} catch (e) {
			try { faulty(0, 3); } catch (inner) { mix(inner); }
			mix(typeof e === "object" && e.code ? e.code : e);
		} finally {
			mix("finally" + kind);
		}
	}
}
function tree(depth, draw) {
	return depth ? { left: tree(depth - 1, draw), right: tree(depth - 1, draw), depth: depth } : { leaf: draw(100) };
}
function sum(t) { return "leaf" in t ? t.leaf : sum(t.left) + sum(t.right) + t.depth; }
function strings(draw) {
	var words = [], count = {}, keys = [], i, k, word;
	for (i = 0; i < 120; ++i) {
		word = "";
		for (k = draw(8) + 1; k > 0; --k) word += String.fromCharCode(97 + draw(26));
		words.push(word);
	}
	words.join(" ").replace(/[a-z]+/g, function (w) { count[w] = (count[w] || 0) + 1; return w; });
	for (k in count) keys.push(k);
	keys.sort(function (a, b) { return count[b] - count[a] || (a < b ? -1 : a > b ? 1 : 0); });
	mix(keys.join("|").toUpperCase().replace(/([A-Z])\|([A-Z])/g, "$2-$1"));
	mix(JSON.stringify({ first: keys.slice(0, 5), n: keys.length, x: draw(100) / 8 }));
	mix(JSON.parse('{"a":[1,2,{"b":null}],"c":"d"}').a.length);
}
var kept = [];
for (var round = 1; round <= rounds; ++round) {
	var draw = stream(round), total = 0, shapes = [];
	for (var i = 0; i < 60; ++i) shapes.push(i % 2 ? new Shape("none" + i) : new Circle(draw(10) / 4));
	mix(shapes.join(","));
	mix(shapes.filter(function (s) { return s instanceof Circle; }).map(function (s) { return s.r; })
		.reduce(function (a, b) { return a + b; }, 0));
	errors(draw);
	strings(draw);
	kept[round % 5] = tree(7, draw);
	for (i in kept) total += sum(kept[i]);
	mix(total);
	if (round % 7 == 0) gc();
	if (round % 200 == 0 || round == rounds) print("round " + round + " of " + rounds + ": " + digest);
}
print(1 / 3, 2e21, -0 === 0, parseInt("0x1f"), (255).toString(2), typeof mix, [3, 1, 2].sort());
