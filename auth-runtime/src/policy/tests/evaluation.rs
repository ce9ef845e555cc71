//! Evaluation of rules, and which checks run.

use std::sync::Arc;

use proptest::prelude::*;

use super::model::{
    CHECKS, ROLES, SCOPES, Tree, World, identity, implications, subset, subsets, trees,
};
use crate::clock::Timestamp;
use crate::identity::Identity;
use crate::policy::{CheckAnswers, Rule, Ruling, decide};
use crate::scope::Vocabulary;

/// Decides, with the results of checks from `world`. Returns the decision and the checks that ran.
fn conclude(rule: &'static Rule, identity: &Identity, world: &World) -> (bool, Vec<usize>) {
    let mut answers = CheckAnswers::default();
    let mut ran = Vec::new();
    loop {
        let now = Timestamp::from_seconds(0);
        match decide(rule, identity, &answers, &Vocabulary::default(), Some(now)) {
            Ruling::Allow => return (true, ran),
            Ruling::Deny(_) => return (false, ran),
            Ruling::Ask(index) => {
                assert!(!ran.contains(&index), "check {index} ran twice");
                ran.push(index);
                answers.record(&[index], world.checks.contains(&index));
            }
        }
    }
}

fn worlds() -> impl Strategy<Value = World> {
    (subset(SCOPES.len()), subset(ROLES.len()), subset(CHECKS)).prop_map(
        |(scopes, roles, checks)| World {
            scopes,
            roles,
            checks,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_rule_decides_like_boolean_logic(tree in trees(), world in worlds()) {
        let identity = identity(Some(&world.scopes), Some(&world.roles), &Arc::default());
        let (allowed, _) = conclude(tree.rule(), &identity, &world);
        prop_assert_eq!(allowed, tree.holds(&world));
    }

    #[test]
    fn implied_scopes_count_like_scopes_of_the_credential(
        tree in trees(),
        world in worlds(),
        implications in implications(),
    ) {
        let vocabulary = implications.vocabulary();
        let identity = identity(Some(&world.scopes), Some(&world.roles), &vocabulary);
        let (allowed, _) = conclude(tree.rule(), &identity, &world);
        let closed = World { scopes: implications.close(&world.scopes), ..world };
        prop_assert_eq!(allowed, tree.holds(&closed));
    }

    #[test]
    fn a_check_runs_only_if_its_result_can_change_the_decision(tree in trees(), world in worlds()) {
        let identity = identity(Some(&world.scopes), Some(&world.roles), &Arc::default());
        let (_, ran) = conclude(tree.rule(), &identity, &world);
        for (position, index) in ran.iter().enumerate() {
            let known = &ran[..position];
            let depends = subsets(CHECKS)
                .map(|checks| World { checks, ..world.clone() })
                .filter(|other| {
                    known.iter().all(|k| other.checks.contains(k) == world.checks.contains(k))
                })
                .map(|other| tree.holds(&other))
                .collect::<std::collections::BTreeSet<bool>>();
            prop_assert_eq!(depends.len(), 2, "check {} ran although its result does not matter", index);
        }
    }

    #[test]
    fn missing_data_never_allows_a_request_that_some_data_would_deny(
        tree in trees(),
        world in worlds(),
        no_scopes: bool,
        no_roles: bool,
    ) {
        let scopes = (!no_scopes).then_some(&world.scopes);
        let roles = (!no_roles).then_some(&world.roles);
        let (allowed, _) = conclude(tree.rule(), &identity(scopes, roles, &Arc::default()), &world);
        if allowed {
            for scopes in subsets(SCOPES.len()).filter(|_| no_scopes).chain([world.scopes.clone()]) {
                for roles in subsets(ROLES.len()).filter(|_| no_roles).chain([world.roles.clone()]) {
                    if (no_scopes || scopes == world.scopes) && (no_roles || roles == world.roles) {
                        let other = World { scopes: scopes.clone(), roles, checks: world.checks.clone() };
                        prop_assert!(tree.holds(&other), "allowed although {:?} is possible", other);
                    }
                }
            }
        }
    }
}

#[test]
fn an_empty_group_denies_with_and_without_not() {
    let world = World::default();
    let nobody = identity(Some(&world.scopes), Some(&world.roles), &Arc::default());
    for tree in [Tree::Any(Vec::new()), Tree::All(Vec::new())] {
        assert!(!conclude(tree.rule(), &nobody, &world).0);
        assert!(!conclude(Tree::Not(Box::new(tree)).rule(), &nobody, &world).0);
    }
}

#[test]
fn a_double_negation_does_not_grant_missing_roles() {
    let tree = Tree::Not(Box::new(Tree::Not(Box::new(Tree::Role(0)))));
    let unknown = identity(None, None, &Arc::default());
    assert!(!conclude(tree.rule(), &unknown, &World::default()).0);
}
