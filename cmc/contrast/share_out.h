#pragma once

namespace cmc::distributed {
class ProcessGroup;
}

namespace cmc::contrast {

class ObjectiveImpl;

/// From now on all processes of the group contrast the same batches by an objective of their own,
/// with the same arguments: they share out the scores of a batch and the vectors of a memory bank,
/// n/W of each view a process, and each has the whole loss, its figures and its gradients. nullptr:
/// it is alone again, with all vectors. The group must live on; all processes call it together.
void share_out(ObjectiveImpl& objective, distributed::ProcessGroup* group);

}  // namespace cmc::contrast
