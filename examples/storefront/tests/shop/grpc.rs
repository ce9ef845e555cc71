//! gRPC with tonic's client: refusals are gRPC status codes.

use http::uri::PathAndQuery;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request, Status};
use tonic_prost::ProstCodec;

use crate::callers::{customer, partner};
use crate::shop::Shop;
use messages::{CountRequest, LevelRequest, StockLevel};

#[path = "../../src/warehouse/messages.rs"]
mod messages;

struct Client(Grpc<Channel>);

impl Client {
    async fn connect(shop: &Shop) -> Self {
        let endpoint = Endpoint::from_shared(shop.url("")).unwrap();
        Self(Grpc::new(endpoint.connect().await.unwrap()))
    }

    async fn call<M: prost::Message + 'static>(
        &mut self,
        method: &'static str,
        message: M,
        credential: Option<(&'static str, &str)>,
    ) -> Result<StockLevel, Status> {
        self.0.ready().await.unwrap();
        let mut request = Request::new(message);
        if let Some((name, value)) = credential {
            request.metadata_mut().insert(name, value.parse().unwrap());
        }
        let codec = ProstCodec::<M, StockLevel>::default();
        let path = PathAndQuery::from_static(method);
        Ok(self.0.unary(request, path, codec).await?.into_inner())
    }

    async fn level(
        &mut self,
        credential: Option<(&'static str, &str)>,
    ) -> Result<StockLevel, Status> {
        let sku = "sencha".to_owned();
        let request = LevelRequest { sku };
        self.call("/warehouse.Stock/Level", request, credential)
            .await
    }

    async fn count(
        &mut self,
        units: u32,
        credential: Option<(&'static str, &str)>,
    ) -> Result<StockLevel, Status> {
        let sku = "sencha".to_owned();
        let request = CountRequest { sku, units };
        self.call("/warehouse.Stock/Count", request, credential)
            .await
    }
}

fn code(answer: Result<StockLevel, Status>) -> Code {
    answer.expect_err("refused").code()
}

#[tokio::test]
async fn refusals_of_the_grpc_service_are_grpc_status_codes() {
    let shop = Shop::open();
    let mut client = Client::connect(&shop).await;
    assert_eq!(code(client.level(None).await), Code::Unauthenticated);
    let alice = format!("Bearer {}", customer("alice").scope("stock:read").sign());
    let alice = client.level(Some(("authorization", &alice))).await;
    assert_eq!(code(alice), Code::Unauthenticated);

    let reader = format!(
        "Bearer {}",
        partner("tea-garden").scope("stock:read").sign()
    );
    let reader = Some(("authorization", reader.as_str()));
    assert_eq!(client.level(reader).await.unwrap().units, 40);
    assert_eq!(code(client.count(12, reader).await), Code::PermissionDenied);
    let unknown = client.call("/warehouse.Stock/Burn", LevelRequest::default(), reader);
    assert_eq!(code(unknown.await), Code::Unimplemented);
    // On the same connection, and nothing was changed by it.
    assert_eq!(client.level(reader).await.unwrap().units, 40);
}

#[tokio::test]
async fn the_grpc_service_sees_the_caller_accepted_by_the_guard() {
    let shop = Shop::open();
    let mut client = Client::connect(&shop).await;
    let (_, key) = shop.machine.split_once(": ").unwrap();
    let machine = Some(("x-api-key", key));
    assert_eq!(client.count(12, machine).await.unwrap().units, 12);
    assert_eq!(client.level(machine).await.unwrap().units, 12);
    // Another partner sells no such thing.
    let potter = format!("Bearer {}", partner("potter").scope("stock:read").sign());
    let potter = client.level(Some(("authorization", &potter))).await;
    assert_eq!(code(potter), Code::NotFound);
}
