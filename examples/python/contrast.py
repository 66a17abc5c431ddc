"""Two linear encoders learn to agree about hidden causes; the loss is the fused operator's."""
import sys
import torch

torch.ops.load_library(sys.argv[1])  # libcmc_operators.so
torch.manual_seed(0)
cause = torch.randn(512, 16)
views = [cause @ torch.randn(16, 64) + torch.randn(512, 64) for _ in range(2)]
encoders = [torch.nn.Linear(64, 128) for _ in views]
optimizer = torch.optim.Adam([p for encoder in encoders for p in encoder.parameters()], lr=1e-3)
temperature = torch.tensor(0.1)
for step in range(101):
    z1, z2 = (encoder(view) for encoder, view in zip(encoders, views))
    rows, columns, *_ = torch.ops.cmc.contrast(z1, z2, temperature)
    loss = (rows + columns).mean()
    optimizer.zero_grad(), loss.backward(), optimizer.step()
    if step % 50 == 0:
        print(f"step {step}: loss {loss.item():.3f} of {2 * torch.tensor(512.0).log().item():.3f}")
