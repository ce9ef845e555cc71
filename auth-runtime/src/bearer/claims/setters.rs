//! The settings for claims that [`Jwt`](crate::Jwt) and `Introspection` have in common.

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
        /// # Claims
        impl $configuration {
            /// The name of this API in the `aud` claim. Call it again for further names; a token needs only
            /// one of them.
            pub fn audience(mut self, audience: impl Into<String>) -> Self {
                self.claims.audiences.push(audience.into());
                self
            }

            /// The claim that contains the audience, instead of `aud`, such as `client_id` for issuers
            /// whose tokens name only the client. It is a JSON pointer if it begins with `/`. The claim
            /// must be present and contain an [`audience`](Self::audience). If the token has an `aud` as
            /// well, that must contain one too.
            $(#[$audience_claim])*
            pub fn audience_claim(mut self, name: impl Into<String>) -> Self {
                self.claims.audience_claim = $crate::bearer::ClaimSource::from(name);
                self
            }

            /// By how much the issuer's clock may differ, in whole seconds. The default is 60, the maximum
            /// 300. It applies to `exp`, `nbf` and `iat`, if the token has them, and to
            /// [`Revoked::subject`](crate::revocation::Revoked::subject).
            pub fn leeway(mut self, leeway: ::std::time::Duration) -> Self {
                self.claims.leeway = leeway;
                self
            }

            /// The claim that identifies the caller, such as `client_id` for tokens without a `sub`. It is
            /// a JSON pointer if it begins with `/`.
            pub fn subject_claim(mut self, name: impl Into<String>) -> Self {
                self.claims.subject_claim = $crate::bearer::ClaimSource::from(name);
                self
            }

            /// Refuses tokens without this claim, which may have any value. It is a JSON pointer if it begins
            /// with `/`.
            pub fn required_claim(mut self, name: impl Into<String>) -> Self {
                let claim = $crate::bearer::ClaimSource::from(name);
                self.claims.required_claims.push(claim);
                self
            }

            /// Refuses tokens in which this claim is missing or has another value: for example the kind of
            /// token (`.required_value("token_use", "access")`) or the organization
            /// (`.required_value("hd", "example.com")`). The value must be a string. The name is a JSON
            /// pointer if it begins with `/`. Call it again for further claims, or for further accepted
            /// values of one claim.
            pub fn required_value(
                mut self,
                name: impl Into<String>,
                value: impl Into<String>,
            ) -> Self {
                let claim = $crate::bearer::ClaimSource::from(name);
                self.claims.required_values.push(claim, value.into());
                self
            }

            /// The claim that contains the scopes: a string separated by spaces, or an array. The first call
            /// replaces the default. Call it again for further claims, whose scopes are combined.
            pub fn scopes(mut self, source: impl Into<$crate::bearer::ClaimSource>) -> Self {
                let scopes = self.claims.scopes.get_or_insert_default();
                scopes.push(source.into());
                self
            }

            /// The claim that contains the roles: a string, which is one role, or an array. The first call
            /// replaces the default. Call it again for further claims, whose roles are combined. Other
            /// claims, such as the roles of another client, are not read.
            pub fn roles(mut self, source: impl Into<$crate::bearer::ClaimSource>) -> Self {
                let roles = self.claims.roles.get_or_insert_default();
                roles.push(source.into());
                self
            }

            /// The scopes and roles that this issuer may grant. Other scopes and roles in its tokens are
            /// ignored, so that a partner's token never has the role of an administrator. An ignored role
            /// does not count as missing: `not(role = "suspended")` still denies callers whose token has
            /// this role. Rules with `claim(..)` see all claims.
            pub fn grants<S: Into<String>, R: Into<String>>(
                mut self,
                scopes: impl IntoIterator<Item = S>,
                roles: impl IntoIterator<Item = R>,
            ) -> Self {
                let grants = $crate::bearer::claims::Grants::new(scopes, roles);
                self.claims.grants = Some(grants);
                self
            }

            /// Changes the identity of a caller whose token is valid: adds roles from the application's
            /// database, for example, or refuses an unknown subject with
            /// [`TokenFault::UnknownSubject`](crate::denial::TokenFault::UnknownSubject).
            ///
            /// If it takes more than ten seconds, the request gets 503. The scopes and roles that it adds are
            /// not limited by [`grants`](Self::grants). If it returns the identity of another caller, the
            /// request gets 500. If it returns an identity that was stored for an earlier token of the same
            /// caller, only the scopes, roles and claims of that identity are used. The login and the expiry
            /// are those of the current token.
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
