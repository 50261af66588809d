package io.dlrm4j.effects.online;

/// What another policy would have earned, from decisions that were logged with their propensities.
///
/// ```
/// IPS    mean of w r                            w = target's probability of the logged action / its propensity
/// SNIPS  Σ w r / Σ w                            less spread, a little bias (Swaminathan and Joachims 2015)
/// DR     mean of q_target + w (r - q_logged)    right when either q or w is (Dudík, Langford and Li 2011)
/// ```
public final class PolicyEvaluation {
    private long decisions;
    private double weights;
    private double weightSquares;
    private double ips;
    private double ipsSquares;
    private double products; // of w and w r
    private double robust;
    private double robustSquares;

    /// An estimate.
    ///
    /// @param value the mean reward of a decision
    /// @param standardError of the value
    public record Estimate(double value, double standardError) {}

    /// Takes a decision.
    ///
    /// @param propensity with which the logged action was taken, above 0 to 1
    /// @param reward it brought
    /// @param target probability of the same action under the policy that is evaluated
    /// @param loggedReward what a model expects of the logged action; 0 where there is no model
    /// @param targetReward what the model expects of the evaluated policy's action; 0 where there is no model
    /// @throws IllegalArgumentException for probabilities out of bounds
    public void add(double propensity, double reward, double target, double loggedReward, double targetReward) {
        if (!(propensity > 0 && propensity <= 1) || !(target >= 0 && target <= 1)) {
            throw new IllegalArgumentException(
                    "decision %d: propensity=%s target=%s, want above 0 to 1, and 0 to 1; log the propensity of what was done"
                            .formatted(decisions, propensity, target));
        }
        double weight = target / propensity;
        double weighted = weight * reward;
        double corrected = targetReward + weight * (reward - loggedReward);
        decisions++;
        weights += weight;
        weightSquares += weight * weight;
        ips += weighted;
        ipsSquares += weighted * weighted;
        products += weight * weighted;
        robust += corrected;
        robustSquares += corrected * corrected;
    }

    /// @return inverse propensity scoring
    public Estimate ips() {
        return mean(ips, ipsSquares);
    }

    /// @return self-normalized inverse propensity scoring; its error by the delta method
    public Estimate snips() {
        double value = ips / weights;
        double squares = ipsSquares - 2 * value * products + value * value * weightSquares;
        return new Estimate(value, Math.sqrt(Math.max(squares, 0)) / weights);
    }

    /// @return the doubly robust estimate
    public Estimate doublyRobust() {
        return mean(robust, robustSquares);
    }

    /// @return number of equally weighted decisions that would say as much (Kish 1965)
    public double effectiveDecisions() {
        return weights * weights / weightSquares;
    }

    private Estimate mean(double sum, double squares) {
        double value = sum / decisions;
        double variance = Math.max(squares / decisions - value * value, 0);
        return new Estimate(value, Math.sqrt(variance / Math.max(decisions - 1, 1)));
    }
}
