; A training loop: for each step the samples' sum, its mean, what is watched, the parameters' update. It gives the
; number of steps that were made: fewer where a loss isn't finite, or where a sample takes a branch that isn't known,
; whose place is then left in %broken. Lines with @for and @end stand for the beginning and the end of a counting loop.
declare double @llvm.minnum.f64(double, double)
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
define i64 @train(ptr noalias %params, ptr noalias %kept, ptr noalias %rows, ptr noalias %order,
    ptr noalias %ends, ptr noalias %sizes, i64 %steps, ptr noalias %rates, i64 %every, i64 %paced,
    double %first, ptr noalias %losses, ptr %trace,
    ptr noalias %broken) {
entry:
  %in = alloca double, i64 $inputs
  %out = alloca double, i64 $outputs
  %sum = alloca double, i64 $outputs
  %given = alloca double, i64 $given
  %moved = alloca double, i64 $moved
  %rowin = getelementptr double, ptr %in, i64 $count
  %gradients = getelementptr double, ptr %sum, i64 1
  %traced = icmp ne ptr %trace, null
  %norm.slot = alloca double
$counters
@for s %steps
  call void @llvm.memcpy.p0.p0.i64(ptr %in, ptr %params, i64 $bytes, i1 false)
@for z $outputs
  %za = getelementptr double, ptr %sum, i64 %z
  store double 0.0, ptr %za
@end z
  %which = mul i64 %s, %every
  %fa = getelementptr i64, ptr %ends, i64 %which
  %to = load i64, ptr %fa
  %ta = getelementptr i64, ptr %sizes, i64 %which
  %size = load i64, ptr %ta
  %from = sub i64 %to, %size
; losses and gradients of the batch's samples, added up
@for j %size
  %at = add i64 %from, %j
  %oa = getelementptr i64, ptr %order, i64 %at
  %sample = load i64, ptr %oa
  %ro = mul i64 %sample, $width
  %row = getelementptr double, ptr %rows, i64 %ro
  call void @llvm.memcpy.p0.p0.i64(ptr %rowin, ptr %row, i64 $row_bytes, i1 false)
$branches
  store i64 %sample, ptr %broken
  ret i64 %s
summed:
@for a $outputs
  %aa = getelementptr double, ptr %sum, i64 %a
  %ab = getelementptr double, ptr %out, i64 %a
  %av = load double, ptr %aa
  %aw = load double, ptr %ab
  %ax = fadd double %av, %aw
  store double %ax, ptr %aa
@end a
@end j
; the mean, if it is one, and the loss
  %n = sitofp i64 %size to double
  %by = select i1 $mean, double %n, double 1.0
@for d $outputs
  %da = getelementptr double, ptr %sum, i64 %d
  %dv = load double, ptr %da
  %dw = fdiv double %dv, %by
  store double %dw, ptr %da
@end d
  %loss = load double, ptr %sum
  %rest = fsub double %loss, %loss
  %finite = fcmp oeq double %rest, 0.0
  br i1 %finite, label %good, label %bad
bad:
  ret i64 %s
good:
  %la = getelementptr double, ptr %losses, i64 %s
  store double %loss, ptr %la
; parameters and gradients are written down, if somebody watches
  br i1 %traced, label %watched, label %unwatched
watched:
  %to2 = mul i64 %s, $twice
  %t1 = getelementptr double, ptr %trace, i64 %to2
  call void @llvm.memcpy.p0.p0.i64(ptr %t1, ptr %params, i64 $bytes, i1 false)
  %t2 = getelementptr double, ptr %t1, i64 $count
  call void @llvm.memcpy.p0.p0.i64(ptr %t2, ptr %gradients, i64 $bytes, i1 false)
  br label %unwatched
unwatched:
  br i1 $clips, label %clipping, label %updating
; the gradients are scaled so that their norm is at most the limit
clipping:
  store double 0.0, ptr %norm.slot
@for q $count
  %qa = getelementptr double, ptr %gradients, i64 %q
  %qv = load double, ptr %qa
  %qq = fmul double %qv, %qv
  %qn = load double, ptr %norm.slot
  %qs = fadd double %qn, %qq
  store double %qs, ptr %norm.slot
@end q
  %squares = load double, ptr %norm.slot
  %norm = call double @llvm.sqrt.f64(double %squares)
  %safe = fadd double %norm, $tiny
  %ratio = fdiv double $limit, %safe
  %factor = call double @llvm.minnum.f64(double 1.0, double %ratio)
@for c $count
  %ca = getelementptr double, ptr %gradients, i64 %c
  %cv = load double, ptr %ca
  %cw = fmul double %cv, %factor
  store double %cw, ptr %ca
@end c
  br label %updating
; each parameter's step, with what the optimizer keeps for it
updating:
  %pace = mul i64 %s, %paced
  %ra = getelementptr double, ptr %rates, i64 %pace
  %rate = load double, ptr %ra
  %sd = sitofp i64 %s to double
  %step = fadd double %sd, %first
  %g1 = getelementptr double, ptr %given, i64 1
  %g2 = getelementptr double, ptr %given, i64 2
  %g3 = getelementptr double, ptr %given, i64 3
@for k $count
  %pa = getelementptr double, ptr %params, i64 %k
  %p = load double, ptr %pa
  store double %p, ptr %given
  %ga = getelementptr double, ptr %gradients, i64 %k
  %g = load double, ptr %ga
  store double %g, ptr %g1
  store double %rate, ptr %g2
  store double %step, ptr %g3
@for b $n_kept
  %bo = mul i64 %b, $count
  %bk = add i64 %bo, %k
  %ba = getelementptr double, ptr %kept, i64 %bk
  %bv = load double, ptr %ba
  %bi = add i64 %b, 4
  %bg = getelementptr double, ptr %given, i64 %bi
  store double %bv, ptr %bg
@end b
  %u = call i1 @update(ptr %given, ptr %moved)
  %pm = load double, ptr %moved
  store double %pm, ptr %pa
@for e $n_kept
  %eo = mul i64 %e, $count
  %ek = add i64 %eo, %k
  %ea = getelementptr double, ptr %kept, i64 %ek
  %ei = add i64 %e, 1
  %em = getelementptr double, ptr %moved, i64 %ei
  %ev = load double, ptr %em
  store double %ev, ptr %ea
@end e
@end k
@end s
  ret i64 %steps
}
