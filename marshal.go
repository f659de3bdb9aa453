package optim

import "encoding"

// What has state is saved and restored by the interfaces of package encoding,
// field by field (functions and generators aside), and Reset makes it as new but
// for the fields that the user assigns. The encoding is the same on every
// processor; what a version of this package writes, later ones read.
// UnmarshalBinary returns an error, and changes nothing, if the data is damaged
// or was written by something made in another way.
type savable interface {
	encoding.BinaryAppender
	encoding.BinaryMarshaler
	encoding.BinaryUnmarshaler
	Reset()
}

var _ savable = (*SGD)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *SGD) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *SGD) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *SGD) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *SGD) Reset() { reset(o) }

var _ savable = (*Momentum)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Momentum) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Momentum) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Momentum) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Momentum) Reset() { reset(o) }

var _ savable = (*Nesterov)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Nesterov) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Nesterov) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Nesterov) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Nesterov) Reset() { reset(o) }

var _ savable = (*AdaGrad)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *AdaGrad) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *AdaGrad) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *AdaGrad) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *AdaGrad) Reset() { reset(o) }

var _ savable = (*AdaDelta)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *AdaDelta) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *AdaDelta) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *AdaDelta) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *AdaDelta) Reset() { reset(o) }

var _ savable = (*RMSProp)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *RMSProp) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *RMSProp) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *RMSProp) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *RMSProp) Reset() { reset(o) }

var _ savable = (*Adam)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Adam) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Adam) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Adam) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Adam) Reset() { reset(o) }

var _ savable = (*AMSGrad)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *AMSGrad) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *AMSGrad) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *AMSGrad) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *AMSGrad) Reset() { reset(o) }

var _ savable = (*AdaMax)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *AdaMax) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *AdaMax) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *AdaMax) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *AdaMax) Reset() { reset(o) }

var _ savable = (*NAdam)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *NAdam) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *NAdam) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *NAdam) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *NAdam) Reset() { reset(o) }

var _ savable = (*RAdam)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *RAdam) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *RAdam) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *RAdam) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *RAdam) Reset() { reset(o) }

var _ savable = (*AdaBelief)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *AdaBelief) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *AdaBelief) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *AdaBelief) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *AdaBelief) Reset() { reset(o) }

var _ savable = (*Rprop)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Rprop) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Rprop) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Rprop) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Rprop) Reset() { reset(o) }

var _ savable = (*Lion)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Lion) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Lion) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Lion) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Lion) Reset() { reset(o) }

var _ savable = (*Plateau)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Plateau) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Plateau) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Plateau) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Plateau) Reset() { reset(o) }

var _ savable = (*Chain)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Chain) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Chain) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Chain) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Chain) Reset() { reset(o) }

var _ savable = (*Average)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Average) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Average) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Average) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Average) Reset() { reset(o) }

var _ savable = (*Accumulate)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Accumulate) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Accumulate) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Accumulate) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Accumulate) Reset() { reset(o) }

var _ savable = (*Lookahead)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Lookahead) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Lookahead) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Lookahead) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Lookahead) Reset() { reset(o) }

var _ savable = (*SkipNonFinite)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *SkipNonFinite) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *SkipNonFinite) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *SkipNonFinite) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *SkipNonFinite) Reset() { reset(o) }

var _ savable = (*ProximalL1)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *ProximalL1) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *ProximalL1) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *ProximalL1) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *ProximalL1) Reset() { reset(o) }

var _ savable = (*Noise)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Noise) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Noise) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Noise) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Noise) Reset() { reset(o) }

var _ savable = (Groups)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o Groups) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o Groups) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o Groups) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o Groups) Reset() { reset(o) }

var _ savable = (*ScheduleFreeSGD)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *ScheduleFreeSGD) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *ScheduleFreeSGD) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *ScheduleFreeSGD) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *ScheduleFreeSGD) Reset() { reset(o) }

var _ savable = (*ScheduleFreeAdamW)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *ScheduleFreeAdamW) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *ScheduleFreeAdamW) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *ScheduleFreeAdamW) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *ScheduleFreeAdamW) Reset() { reset(o) }

var _ savable = (*QuasiNewton)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *QuasiNewton) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *QuasiNewton) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *QuasiNewton) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *QuasiNewton) Reset() { reset(o) }

var _ savable = (*LBFGS)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *LBFGS) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *LBFGS) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *LBFGS) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *LBFGS) Reset() { reset(o) }

var _ savable = (*Newton)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Newton) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Newton) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Newton) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Newton) Reset() { reset(o) }

var _ savable = (*HessianFree)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *HessianFree) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *HessianFree) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *HessianFree) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *HessianFree) Reset() { reset(o) }

var _ savable = (*GaussNewton)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *GaussNewton) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *GaussNewton) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *GaussNewton) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *GaussNewton) Reset() { reset(o) }

var _ savable = (*Coordinate)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *Coordinate) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *Coordinate) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *Coordinate) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all steps.
func (o *Coordinate) Reset() { reset(o) }

var _ savable = (*MiniBatch)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *MiniBatch) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *MiniBatch) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *MiniBatch) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all batches.
func (o *MiniBatch) Reset() { reset(o) }

var _ savable = (*GrowingBatch)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *GrowingBatch) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *GrowingBatch) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *GrowingBatch) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all batches, and how large they were.
func (o *GrowingBatch) Reset() { reset(o) }

var _ savable = (*SVRG)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *SVRG) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *SVRG) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *SVRG) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all gradients.
func (o *SVRG) Reset() { reset(o) }

var _ savable = (*SAG)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *SAG) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *SAG) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *SAG) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all gradients.
func (o *SAG) Reset() { reset(o) }

var _ savable = (*SAGA)(nil)

// AppendBinary implements encoding.BinaryAppender.
func (o *SAGA) AppendBinary(b []byte) ([]byte, error) { return appendBinary(b, o) }

// MarshalBinary implements encoding.BinaryMarshaler.
func (o *SAGA) MarshalBinary() ([]byte, error) { return o.AppendBinary(nil) }

// UnmarshalBinary implements encoding.BinaryUnmarshaler.
func (o *SAGA) UnmarshalBinary(data []byte) error { return unmarshalBinary(data, o) }

// Reset forgets all gradients.
func (o *SAGA) Reset() { reset(o) }
