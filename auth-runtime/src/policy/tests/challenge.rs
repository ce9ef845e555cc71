//! The challenge of a rule names exactly the scopes that would satisfy it.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::model::{
    Implications, ROLES, SCOPES, Tree, identity, implications, subset, subsets, trees,
};
use crate::clock::Timestamp;
use crate::policy::{
    CheckAnswers, Denial, RequiredScopes, Ruling, anonymous_challenge_scopes, decide,
};

fn rule_on(
    tree: &Tree,
    scopes: &BTreeSet<usize>,
    roles: &BTreeSet<usize>,
    implications: &Implications,
) -> Ruling {
    let vocabulary = implications.vocabulary();
    let identity = identity(Some(scopes), Some(roles), &vocabulary);
    decide(
        tree.rule(),
        &identity,
        &CheckAnswers::default(),
        &vocabulary,
        Some(Timestamp::from_seconds(0)),
    )
}

fn indices(required: &RequiredScopes) -> BTreeSet<usize> {
    let index = |scope: &str| SCOPES.iter().position(|known| *known == scope).unwrap();
    required.iter().map(|scope| index(scope.as_str())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn granting_exactly_the_challenged_scopes_satisfies_the_rule_or_runs_its_check(
        tree in trees(),
        scopes in subset(SCOPES.len()),
        roles in subset(ROLES.len()),
        implications in implications(),
    ) {
        if let Ruling::Deny(Denial::InsufficientScope(required)) = rule_on(&tree, &scopes, &roles, &implications)
            && required != RequiredScopes::default()
        {
            let granted = scopes.union(&indices(&required)).copied().collect();
            let ruling = rule_on(&tree, &granted, &roles, &implications);
            prop_assert!(matches!(ruling, Ruling::Allow | Ruling::Ask(_)));
        }
    }

    #[test]
    fn a_403_without_scopes_means_that_no_scopes_would_satisfy_the_rule(
        tree in trees(),
        scopes in subset(SCOPES.len()),
        roles in subset(ROLES.len()),
        implications in implications(),
    ) {
        if let Ruling::Deny(Denial::Forbidden) = rule_on(&tree, &scopes, &roles, &implications) {
            for more in subsets(SCOPES.len()) {
                let granted = scopes.union(&more).copied().collect();
                let ruling = rule_on(&tree, &granted, &roles, &implications);
                prop_assert!(matches!(ruling, Ruling::Deny(_)), "{:?} would have helped", more);
            }
        }
    }
}

#[test]
fn a_challenge_never_names_an_implied_scope_instead_of_the_required_one() {
    // d implies a.
    let implications = Implications::new([vec![], vec![], vec![], vec![0]]);
    let nobody = BTreeSet::new();
    let asked = |tree: &Tree| match rule_on(tree, &nobody, &nobody, &implications) {
        Ruling::Deny(Denial::InsufficientScope(required)) => required.to_string(),
        _ => panic!("not denied for a scope"),
    };
    assert_eq!(asked(&Tree::Scope(0)), "a");
    assert_eq!(asked(&Tree::Scope(3)), "d");
    let not_a = Tree::Not(Box::new(Tree::Scope(0)));
    // A caller who is granted d also has a, so only the second alternative can be satisfied.
    let closed = Tree::All(vec![Tree::Scope(3), not_a]);
    assert_eq!(asked(&Tree::Any(vec![closed, Tree::Scope(1)])), "b");
}

fn scopes_401(tree: &Tree) -> String {
    let rule = tree.rule();
    RequiredScopes::new(anonymous_challenge_scopes(&rule.requirement)).to_string()
}

#[test]
fn a1_a_401_names_the_scopes_of_the_first_alternative_that_has_any() {
    let (a, b, c) = (Tree::Scope(0), Tree::Scope(1), Tree::Scope(2));
    let role = Tree::Role(0);
    assert_eq!(scopes_401(&a), "a");
    assert_eq!(scopes_401(&role), "");
    assert_eq!(scopes_401(&Tree::Any(vec![role.clone(), b.clone()])), "b");
    assert_eq!(
        scopes_401(&Tree::All(vec![b.clone(), a.clone(), b.clone()])),
        "b a"
    );
    let not_a = Tree::Not(Box::new(a.clone()));
    assert_eq!(scopes_401(&Tree::All(vec![not_a, c.clone()])), "c");
    // An AND of ORs is an OR of ANDs: (a or b) and c.
    assert_eq!(
        scopes_401(&Tree::All(vec![Tree::Any(vec![a, b]), c])),
        "a c"
    );
}

#[test]
fn a_rule_with_more_than_64_alternatives_names_no_scope_in_its_challenge() {
    let pair = Tree::Any(vec![Tree::Scope(0), Tree::Scope(1)]);
    assert_eq!(scopes_401(&Tree::All(vec![pair.clone(); 6])), "a");
    let many = Tree::All(vec![pair; 7]);
    assert_eq!(scopes_401(&many), "");

    let nobody = BTreeSet::new();
    let Ruling::Deny(denial) = rule_on(&many, &nobody, &nobody, &Implications::NONE) else {
        panic!("allowed")
    };
    assert_eq!(denial, Denial::InsufficientScope(RequiredScopes::default()));
    let hopeless = Tree::All(vec![many, Tree::Role(0)]);
    let Ruling::Deny(denial) = rule_on(&hopeless, &nobody, &nobody, &Implications::NONE) else {
        panic!("allowed")
    };
    assert_eq!(denial, Denial::Forbidden);
}

#[test]
fn c3_a_challenge_names_the_first_alternative_that_scopes_can_satisfy() {
    // any(all(a, role x), b): without the role, `a` would not help.
    let tree = Tree::Any(vec![
        Tree::All(vec![Tree::Scope(0), Tree::Role(0)]),
        Tree::Scope(1),
    ]);
    let denial = |roles: &BTreeSet<usize>| match rule_on(
        &tree,
        &BTreeSet::new(),
        roles,
        &Implications::NONE,
    ) {
        Ruling::Deny(denial) => denial,
        Ruling::Allow | Ruling::Ask(_) => panic!("not denied"),
    };
    let scopes = |denial| match denial {
        Denial::InsufficientScope(required) => required.to_string(),
        other => panic!("{other:?}"),
    };
    assert_eq!(scopes(denial(&BTreeSet::from([0]))), "a");
    assert_eq!(scopes(denial(&BTreeSet::new())), "b");
}
