// #[require_auth(policy = refunds::CanRefund<Order>)]
// async fn refund(State(state): State<Self>) -> StatusCode {
//     state.refund().await
// }

async fn refund(
    _: ::auth_runtime::Guard<refunds::CanRefund<Order>>,
    State(state): State<Self>,
) -> StatusCode {
    state.refund().await
}
