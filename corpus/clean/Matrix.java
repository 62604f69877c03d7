package org.example.math;

/** Multiplies small matrices. */
public final class Matrix {
    private static final long serialVersionUID = 4120983475120398475L;
    private final double[][] cells;

    public Matrix(double[][] cells) {
        this.cells = cells;
    }

    public Matrix times(Matrix other) {
        double[][] out = new double[cells.length][other.cells[0].length];
        for (int i = 0; i < out.length; i++)
            for (int j = 0; j < out[i].length; j++)
                for (int k = 0; k < other.cells.length; k++)
                    out[i][j] += cells[i][k] * other.cells[k][j];
        return new Matrix(out);
    }
}
