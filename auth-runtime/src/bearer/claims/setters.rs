//! The settings of a token's claims, which [`Jwt`](crate::Jwt) and `Introspection` have in common.

/// Adds the settings that `claims: ClaimRules` and `map: Option<IdentityMap>` hold to a configuration.
/// The comments in it are added to the documentation of a setting.
macro_rules! claim_setters {
    (
        impl $configuration:ident {
            $(#[$audience_claim:meta])*
            fn audience_claim;
            $(#[$map_identity:meta])*
            fn map_identity;
        }
    ) => {
        /// # What is read from the claims
        impl $configuration {
            /// A name of this API in the `aud` claim. Call it again for further names; a token needs one
            /// of them.
            pub fn audience(mut self, audience: impl Into<String>) -> Self {
                self.claims.audiences.push(audience.into());
                self
            }

            /// The claim that holds the audience, instead of `aud`, such as `client_id` for issuers that
            /// only say for which client a token is; a JSON pointer if it begins with `/`. It must be
            /// present and name an [`audience`](Self::audience). If the token has an `aud` as well, that
            /// must name one too.
            $(#[$audience_claim])*
            pub fn audience_claim(mut self, name: impl Into<String>) -> Self {
                self.claims.audience_claim = $crate::bearer::ClaimSource::from(name);
                self
            }

            /// How far the issuer's clock may be off, in whole seconds, at most 300; 60 by default. It
            /// applies to `exp`, `nbf` and `iat`, where the token has them, and to
            /// [`Revoked::subject`](crate::revocation::Revoked::subject).
            pub fn leeway(mut self, leeway: ::std::time::Duration) -> Self {
                self.claims.leeway = leeway;
                self
            }

            /// The claim that identifies the caller, such as `client_id` for tokens without a `sub`; a
            /// JSON pointer if it begins with `/`.
            pub fn subject_claim(mut self, name: impl Into<String>) -> Self {
                self.claims.subject_claim = $crate::bearer::ClaimSource::from(name);
                self
            }

            /// A claim without which a token is refused, whatever its value; a JSON pointer if it begins
            /// with `/`.
            pub fn required_claim(mut self, name: impl Into<String>) -> Self {
                let claim = $crate::bearer::ClaimSource::from(name);
                self.claims.required_claims.push(claim);
                self
            }

            /// A claim without which, or with another value, a token is refused: the kind of token where
            /// nothing else says it (`.required_value("token_use", "access")`), or the organisation
            /// (`.required_value("hd", "example.com")`). The claim is a string; its name is a JSON pointer
            /// if it begins with `/`. Call it again for further claims, or for further values of one claim,
            /// of which a token needs one.
            pub fn required_value(
                mut self,
                name: impl Into<String>,
                value: impl Into<String>,
            ) -> Self {
                let claim = $crate::bearer::ClaimSource::from(name);
                self.claims.required_values.push(claim, value.into());
                self
            }

            /// The claim that holds the scopes: a string separated by spaces or an array. The first call
            /// replaces the default; call it again for further claims, whose scopes are taken together.
            pub fn scopes(mut self, source: impl Into<$crate::bearer::ClaimSource>) -> Self {
                let scopes = self.claims.scopes.get_or_insert_default();
                scopes.push(source.into());
                self
            }

            /// The claim that holds the roles: a string, which is one role, or an array. The first call
            /// replaces the default; call it again for further claims, whose roles are taken together. No
            /// other claim counts, so the roles of another client never do.
            pub fn roles(mut self, source: impl Into<$crate::bearer::ClaimSource>) -> Self {
                let roles = self.claims.roles.get_or_insert_default();
                roles.push(source.into());
                self
            }

            /// The most that this issuer can give: scopes and roles of a token beyond these are withheld,
            /// so that a partner's token never becomes an administrator. A withheld role does not count as
            /// lacking either: `not(role = "suspended")` still denies callers whom the token calls
            /// suspended. Rules on `claim(..)` see all claims.
            pub fn grants<S: Into<String>, R: Into<String>>(
                mut self,
                scopes: impl IntoIterator<Item = S>,
                roles: impl IntoIterator<Item = R>,
            ) -> Self {
                let grants = $crate::bearer::claims::Grants::new(scopes, roles);
                self.claims.grants = Some(grants);
                self
            }

            /// Changes the identity of a caller whose token is good: adds the roles from the application's
            /// database, or refuses a subject that it does not know with
            /// [`TokenFault::UnknownSubject`](crate::denial::TokenFault::UnknownSubject).
            ///
            /// It has ten seconds, then the request gets 503. What it adds is not limited by
            /// [`grants`](Self::grants). An identity of another caller is a mistake: 500.
            ///
            $(#[$map_identity])*
            pub fn map_identity<F, R>(mut self, map: F) -> Self
            where
                F: Fn($crate::Identity) -> R + Send + Sync + 'static,
                R: ::std::future::Future<
                        Output = Result<$crate::Identity, $crate::authenticator::AuthenticationError>,
                    > + Send
                    + 'static,
            {
                self.map = Some($crate::bearer::identity_map::IdentityMap::new(map));
                self
            }
        }
    };
}

pub(in crate::bearer) use claim_setters;
