//! The page and the runtime evaluate random rules for random callers in the same way.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use proptest::prelude::{Just, Strategy, prop, prop_oneof};
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use serde_json::{Value, json};

use super::{
    Auth, Requirement, Rule, Scope, all, any, check, jwt, not, policy, required, role, scope,
};
use crate::access_map::json::RuleEntry;
use crate::identity::{Held, Identity, IdentityData, IdentityId, Revocable};
use crate::policy::{CheckAnswers, ClaimValue, Ruling};
use crate::scheme::Scheme;
use crate::scope::Scopes;

const CASES: usize = 20_000;
const SCOPES: [&str; 4] = ["a", "b", "c", "d"];
const ROLES: [&str; 3] = ["x", "y", "z"];
const CLAIMS: [&str; 2] = ["/deep/claim", "claim"];

/// Reads one case per line and writes the answer of each.
const PROGRAM: &str = "
const input = require('node:fs').readFileSync(0, 'utf8').trim().split('\\n').map(JSON.parse);
for (const { rule, caller, auth } of input) {
    caller.scopes = new Set(caller.scopes);
    caller.roles = new Set(caller.roles);
    const route = { rules: [rule] };
    console.log(evaluation.route(route, caller, auth).truth);
}
";

/// Includes trees that the attribute does not allow: empty groups, and checks inside a `not`.
fn requirements() -> impl Strategy<Value = Requirement> + Clone {
    let claims = (0..CLAIMS.len(), 0..3_i64).prop_map(|(claim, kind)| Requirement::Claim {
        name: CLAIMS[claim],
        value: match kind {
            0 => ClaimValue::Boolean { value: true },
            1 => ClaimValue::Integer { value: 3 },
            _ => ClaimValue::Text { value: "t" },
        },
    });
    let leaf = prop_oneof![
        1 => Just(()).prop_map(|()| Requirement::Authenticated),
        6 => (0..SCOPES.len()).prop_map(|index| scope(SCOPES[index])),
        4 => (0..ROLES.len()).prop_map(|index| role(ROLES[index])),
        2 => claims,
        2 => (0..3_usize).prop_map(|index| check(index, None)),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let group = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            group().prop_map(any),
            group().prop_map(all),
            inner.clone().prop_map(not),
            inner
                .clone()
                .prop_map(|inner| policy(required("a policy", inner))),
        ]
    })
}

#[derive(Clone, Debug)]
struct Caller {
    scopes: Option<BTreeSet<usize>>,
    roles: Option<BTreeSet<usize>>,
    /// For each claim: missing, another value, or the required value of each type.
    claims: [usize; CLAIMS.len()],
}

fn callers() -> impl Strategy<Value = Caller> {
    let subset = |of| prop::option::weighted(0.9, prop::collection::btree_set(0..of, 0..=of));
    (
        subset(SCOPES.len()),
        subset(ROLES.len()),
        [0..4_usize, 0..4_usize],
    )
        .prop_map(|(scopes, roles, claims)| Caller {
            scopes,
            roles,
            claims,
        })
}

/// `d` implies `a` and `b`, and `b` implies `c`.
fn vocabulary() -> Auth {
    let [a, b, c, d] = SCOPES.map(Scope::new);
    let implied = Auth::builder().bearer(jwt()).scopes(&[a, b, c, d]);
    let implied = implied.scope_implies(d, &[a, b]).scope_implies(b, &[c]);
    implied.build().unwrap()
}

impl Caller {
    fn identity(&self, auth: &Auth) -> Identity {
        let mut scopes = Scopes::none();
        for scope in self.scopes.iter().flatten() {
            assert!(scopes.push(SCOPES[*scope]));
        }
        let roles = self.roles.iter().flatten();
        let mut identity = Identity::new(
            IdentityData {
                id: IdentityId::new("https://issuer.example", "alice"),
                scheme: Scheme::BEARER,
                leeway: 0,
                scopes: Held {
                    granted: scopes,
                    withheld: Scopes::none(),
                    complete: self.scopes.is_some(),
                },
                roles: Held {
                    granted: roles.map(|role| ROLES[*role].into()).collect(),
                    withheld: Vec::new(),
                    complete: self.roles.is_some(),
                },
                acr: None,
                authentication_time: None,
                expiry: None,
                revocable: Revocable::default(),
            },
            self.payload().to_string().into_bytes(),
        );
        identity.add_implied_scopes(auth.vocabulary());
        identity
    }

    /// The boolean is in an array: a claim holds if one of its elements has the required value.
    fn payload(&self) -> Value {
        let value = |choice: usize| match choice {
            1 => json!([true]),
            2 => json!(3),
            3 => json!("u"),
            _ => Value::Null,
        };
        json!({ "deep": { "claim": value(self.claims[0]) }, "claim": value(self.claims[1]) })
    }

    /// The claims as the page has them, for each value that a rule may require.
    fn claims(&self) -> Value {
        let mut told = serde_json::Map::new();
        for (name, choice) in CLAIMS.iter().zip(self.claims) {
            let asked = [
                (json!(true), 1, "has"),
                (json!(3), 2, "has"),
                (json!("t"), 3, "other"),
            ];
            for (value, held, answer) in asked {
                let key = serde_json::to_string(&json!([name, value])).unwrap();
                told.insert(key, json!(if choice == held { answer } else { "missing" }));
            }
        }
        Value::Object(told)
    }

    fn to_json(&self) -> Value {
        let names = |of: &Option<BTreeSet<usize>>, names: &[&'static str]| {
            let held = of.iter().flatten();
            held.map(|index| names[*index]).collect::<Vec<_>>()
        };
        json!({
            "kind": "bearer",
            "scopes": names(&self.scopes, &SCOPES),
            "roles": names(&self.roles, &ROLES),
            "scopesKnown": self.scopes.is_some(),
            "rolesKnown": self.roles.is_some(),
            "claims": self.claims(),
        })
    }
}

fn runtime(auth: &Auth, rule: &'static Rule, caller: &Caller) -> &'static str {
    match auth.decide(rule, &caller.identity(auth), &CheckAnswers::default()) {
        Ruling::Allow => "yes",
        Ruling::Ask(_) => "depends",
        Ruling::Deny(_) => "no",
    }
}

fn node(input: &str) -> String {
    let program = format!("{}{PROGRAM}", include_str!("../../page/evaluate.js"));
    let started = Command::new("node")
        .args(["--eval", &program])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(error) => panic!("node could not be started ({error}): apt-get install nodejs"),
    };
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(input.as_bytes()).unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs Node: tests/access_map/run"]
fn the_access_map_page_decides_as_the_runtime_does() {
    let config = Config {
        rng_seed: RngSeed::Fixed(4),
        ..Config::default()
    };
    let mut runner = TestRunner::new(config);
    let auth = vocabulary();
    let vocabulary = json!({
        "kinds": ["Bearer"],
        "scopes": auth.vocabulary().scopes().map(|(scope, implied)| json!({
            "name": scope.as_str(),
            "implies": implied.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    });
    let (mut input, mut expected, mut cases) = (String::new(), Vec::new(), Vec::new());
    for _ in 0..CASES {
        let requirement = requirements().new_tree(&mut runner).unwrap().current();
        let caller = callers().new_tree(&mut runner).unwrap().current();
        let rule: &Rule = Box::leak(Box::new(required("a rule", requirement)));
        let case = json!({
            "rule": RuleEntry::of(rule),
            "caller": caller.to_json(),
            "auth": vocabulary,
        });
        writeln!(input, "{case}").unwrap();
        expected.push(runtime(&auth, rule, &caller));
        cases.push(case);
    }
    let output = node(&input);
    let answers: Vec<&str> = output.lines().collect();
    assert_eq!(answers.len(), CASES);
    for ((answer, expected), case) in answers.iter().zip(&expected).zip(&cases) {
        assert_eq!(answer, expected, "{case:#}");
    }
    for truth in ["yes", "no", "depends"] {
        let count = expected
            .iter()
            .filter(|expected| **expected == truth)
            .count();
        assert!(count > CASES / 20, "only {count} cases are {truth}");
    }
}

#[test]
#[ignore = "needs Node: tests/access_map/run"]
fn step_up_is_shown_only_if_the_other_requirements_hold() {
    let stepped = Rule {
        max_age: Some(60),
        acr: &["gold"],
        ..required("a rule", scope("a"))
    };
    let one = |scopes: &[usize], rule: &Rule| {
        let caller = Caller {
            scopes: Some(scopes.iter().copied().collect()),
            roles: None,
            claims: [0, 0],
        };
        let case = json!({ "rule": RuleEntry::of(rule), "caller": caller.to_json(), "auth": null });
        node(&format!("{case}\n")).trim().to_owned()
    };
    assert_eq!(one(&[0], &stepped), "depends");
    assert_eq!(one(&[1], &stepped), "no");
    let basic = Rule {
        schemes: &[Scheme::BASIC],
        ..required("a rule", scope("a"))
    };
    assert_eq!(one(&[0], &basic), "no");
    assert_eq!(one(&[], &Rule::optional("a rule")), "yes");
}

/// The service behind an unguarded route may have its own guards, which the map cannot show.
#[test]
#[ignore = "needs Node: tests/access_map/run"]
fn an_unguarded_route_never_evaluates_to_allowed() {
    let one = |rules: &[RuleEntry]| {
        let caller = json!({ "kind": null, "claims": {} });
        let route = json!({ "rules": rules, "unguarded": true });
        let program = format!(
            "{}\nconst caller = {caller};\ncaller.scopes = new Set();\ncaller.roles = new Set();\n\
             console.log(evaluation.route({route}, caller, null).truth);",
            include_str!("../../page/evaluate.js")
        );
        let output = Command::new("node").args(["--eval", &program]).output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let any_caller = RuleEntry::of(&Rule::required("app::AnyCaller"));
    let reader = RuleEntry::of(&required("app::Reader", scope("a")));
    assert_eq!(one(&[]).trim(), "depends");
    assert_eq!(one(&[any_caller]).trim(), "depends");
    assert_eq!(one(&[reader]).trim(), "no");
}
